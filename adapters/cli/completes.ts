/** What shells are told to offer: the facts that the scripts for all shells have in common. */
import type { Command } from './command.ts'
import { type Completes, type Flag, stateOf } from './flag.ts'

/** Those whose value can be changed, in their order. */
export function offeredFlags(command: Command): readonly Flag[] {
  return command.flags.filter((flag) => stateOf(flag) !== 'refused')
}

/** What the value of a flag is completed with. */
export function valuesOf({ kind, value, values }: Flag): Completes {
  if (kind === 'boolean') return ['true', 'false']
  if (values !== undefined) return values
  return value === 'FILE' ? 'paths' : value === 'DIRECTORY' ? 'directories' : 'nothing'
}

/** Commands with all their names, aliases included. */
export function namedCommands(commands: readonly Command[]): readonly (readonly [name: string, Command])[] {
  return commands.flatMap((command) =>
    [command.name, ...(command.aliases ?? [])].map((name) => [name, command] as const),
  )
}

/** As one word of a shell's command line: in single quotes, which mean the same to all of them. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
