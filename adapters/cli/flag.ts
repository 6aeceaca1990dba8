/** One line of the table of flags: what parsing, help, completion and the reference know about it. */
export interface Flag {
  readonly name: string
  /** One letter, after one dash. */
  readonly short?: string
  /** `duration` is Go's: `1m30s`; `integer` is a whole number, also below zero. */
  readonly kind: 'text' | 'boolean' | 'duration' | 'integer'
  readonly fallback: string
  readonly help: string
  /** What stands for the value in help, such as HOST:PORT. After FILE and DIRECTORY shells complete paths. */
  readonly value?: string
  /** The only values that pass; others are a usage error that lists them. */
  readonly values?: readonly string[]
  /** May be given several times, which is the same as once with commas. */
  readonly list?: boolean
  /** Set when the flag is taken and changes nothing: why, in a few words. It is logged when somebody gives the flag. */
  readonly noEffect?: string
  /** Set when only the default works in this version: why, and what to do instead. */
  readonly onlyDefault?: string
}

/** What shells offer in a place: paths, directories, these words, or nothing that they could know. */
export type Completes = 'paths' | 'directories' | 'nothing' | readonly string[]

export type FlagState = 'works' | 'no effect' | 'refused'

/** `refused`: any value but the default is wrong usage. */
export function stateOf(flag: Flag): FlagState {
  if (flag.onlyDefault !== undefined) return 'refused'
  return flag.noEffect === undefined ? 'works' : 'no effect'
}

/** What it is for, its choices, and why it does nothing when it does nothing. */
export function aboutOf(flag: Flag): string {
  const choices = flag.values === undefined ? '' : `: ${flag.values.join(', ')}`
  const reason = flag.onlyDefault ?? flag.noEffect
  return `${flag.help}${choices}${reason === undefined ? '' : `; ${stateOf(flag)}: ${reason}`}`
}
