#!/usr/bin/env bun
import { runProcess } from '../cli/process.ts'
import { bunPorts, listen } from './ports.ts'

await runProcess(bunPorts(), listen)
