#!/usr/bin/env -S deno run -A
import { runProcess } from '../cli/process.ts'
import { denoPorts, listen } from './ports.ts'

await runProcess(denoPorts(), listen)
