/** All commands, in the order in which help lists them. What each of them does is its own file. */
import { clusterCommand } from './cluster.ts'
import type { Command } from './command.ts'
import { completionCommand } from './completion.ts'
import { convertCommand } from './convert.ts'
import { doctorCommand } from './doctor.ts'
import { explainCommand } from './explain.ts'
import { fmtCommand } from './fmt.ts'
import { helpCommand } from './help.ts'
import { ringCommand } from './ring.ts'
import { runCommand } from './run.ts'
import { targetsCommand } from './targets.ts'
import { validateCommand } from './validate.ts'
import { versionCommand } from './version.ts'

export const COMMANDS: readonly Command[] = [
  runCommand,
  validateCommand,
  fmtCommand,
  convertCommand,
  clusterCommand,
  targetsCommand,
  explainCommand,
  ringCommand,
  doctorCommand,
  completionCommand(() => COMMANDS),
  versionCommand,
  helpCommand(() => COMMANDS),
]
