/** All commands, in the order in which help lists them. What each of them does is its own file. */
import type { Command } from './command.ts'
import { completionCommand } from './completion.ts'
import { convertCommand } from './convert.ts'
import { fmtCommand } from './fmt.ts'
import { helpCommand } from './help.ts'
import { runCommand } from './run.ts'
import { validateCommand } from './validate.ts'
import { versionCommand } from './version.ts'

export const COMMANDS: readonly Command[] = [
  runCommand,
  validateCommand,
  fmtCommand,
  convertCommand,
  completionCommand(() => COMMANDS),
  versionCommand,
  helpCommand(() => COMMANDS),
]
