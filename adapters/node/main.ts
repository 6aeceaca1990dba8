#!/usr/bin/env node
import './small-nursery.ts'
import { runProcess } from '../cli/process.ts'
import { listen, nodePorts } from './ports.ts'

await runProcess(nodePorts(), listen)
