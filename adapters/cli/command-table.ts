/**
 * The command line as data: what the reference in docs/ is generated from. Owns only the shape; the facts are those that
 * parsing and help use.
 */
import { COMMANDS } from './commands.ts'
import { aboutOf, type FlagState, stateOf } from './flag.ts'

export interface CommandRow {
  /** `run`; also by these other names. */
  readonly command: string
  readonly aliases: readonly string[]
  /** One line. */
  readonly summary: string
  /** The whole line: `skein run [flags] FILE|DIRECTORY`. */
  readonly usage: string
  readonly flags: readonly FlagRow[]
}

export interface FlagRow {
  /** Without dashes: `storage.path`. */
  readonly name: string
  /** One letter that means the same. */
  readonly short?: string
  readonly kind: 'text' | 'boolean' | 'duration' | 'integer'
  /** As text, in the flag's own notation; empty for none. */
  readonly default: string
  /** The only values that pass, when they are few. */
  readonly values?: readonly string[]
  /** `no effect`: taken, and a line in the log says why it changes nothing; `refused`: any value but the default is wrong usage. */
  readonly state: FlagState
  /** What it is for; ends with the reason when it is refused or has no effect. */
  readonly about: string
}

export function commandTable(): readonly CommandRow[] {
  return COMMANDS.map(({ name, aliases, summary, usage, flags }) => ({
    command: name,
    aliases: aliases ?? [],
    summary,
    usage: `skein ${name} ${usage}`.trimEnd(),
    flags: flags.map((flag) => ({
      name: flag.name,
      ...(flag.short === undefined ? {} : { short: flag.short }),
      kind: flag.kind,
      default: flag.fallback,
      ...(flag.values === undefined ? {} : { values: flag.values }),
      state: stateOf(flag),
      about: aboutOf(flag),
    })),
  }))
}
