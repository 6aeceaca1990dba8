/**
 * Keeps one line of the log from flooding it: what fails a thousand times a second is said some times, and then summed up as one
 * line with how often it came. Owns which lines are the same and which of them are written at once; writes nothing itself.
 *
 * Two lines are the same when only their numbers differ (how often, how long, how many), other than those that say what happened.
 * Nothing else is left out of the comparison: a different text is a different error, and is never held back for another's sake. But
 * where whoever connects is to blame, who needs no password for that, the texts are theirs: such lines have the field `remote_addr`,
 * and are the same when their messages are.
 */
import { MAX_LOG_KIND_CHARACTERS, MAX_LOG_KINDS } from '../limits.ts'
import type { Clock, Monotonic } from '../ports.ts'
import type { Timer, Timers } from '../time/timers.ts'
import type { LogValue } from './logger.ts'

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  /** In their order, those that stand on every line first. */
  readonly fields: readonly (readonly [name: string, value: LogValue])[]
}

export interface RepeatsPorts {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly timers: Pick<Timers, 'at'>
}

export interface Repeats {
  /** Whether the line is to be written now. Otherwise it is in the next sum, within WINDOW_MS. */
  passes(line: LogLine): boolean
  /** Tells what was held back, now: before the process ends. */
  flush(): void
}

/** So many of a kind are written as they come; further ones within WINDOW_MS of the first are summed up. */
const FREE_LINES = 5
const WINDOW_MS = 10_000

/** Numbers that say what happened: 404 and 500 are different errors. */
const TELLING: ReadonlySet<string> = new Set(['status', 'code'])

interface Kind {
  /** End of its window. */
  readonly until: Monotonic
  /** How many are still written at once. */
  free: number
  held: number
  /** The last one that was held back. */
  last: LogLine | undefined
}

/** `tell` is given the last one of those held back since the last sum, and how many they are. */
export function createRepeats(
  { clock, timers }: RepeatsPorts,
  tell: (last: LogLine, repeated: number) => void,
): Repeats {
  /** Those whose window began first come first. */
  const kinds = new Map<string, Kind>()
  let waking: { readonly at: Monotonic; readonly timer: Timer } | undefined

  function passes(line: LogLine): boolean {
    // Who asks for debug lines wants to see every single one.
    if (line.level === 'debug') return true
    const key = keyOf(line)
    if (key.length > MAX_LOG_KIND_CHARACTERS) return true
    const now = clock.monotonic()
    const known = kinds.get(key)
    if (known !== undefined && known.until <= now) end(key, known)
    const kind = kinds.get(key)
    if (kind === undefined) {
      begin(key, FREE_LINES - 1)
      return true
    }
    if (kind.free > 0) {
      kind.free--
      return true
    }
    kind.held++
    kind.last = line
    wakeAt(kind.until)
    return false
  }

  function begin(key: string, free: number): void {
    for (const [oldest, kind] of kinds) {
      if (kinds.size < MAX_LOG_KINDS) break
      kinds.delete(oldest)
      tellOf(kind)
    }
    kinds.set(key, { until: clock.monotonic() + WINDOW_MS, free, held: 0, last: undefined })
  }

  /** What goes on is told as one sum after the other; what has calmed down begins anew. */
  function end(key: string, kind: Kind): void {
    kinds.delete(key)
    if (kind.held === 0) return
    tellOf(kind)
    begin(key, 0)
  }

  function tellOf({ last, held }: Kind): void {
    if (last !== undefined) tell(last, held)
  }

  function wakeAt(at: Monotonic): void {
    if (waking !== undefined && waking.at <= at) return
    waking?.timer.cancel()
    waking = { at, timer: timers.at(at, due) }
  }

  function due(): void {
    waking = undefined
    const now = clock.monotonic()
    for (const [key, kind] of [...kinds]) if (kind.until <= now) end(key, kind)
    for (const { held, until } of kinds.values()) if (held > 0) wakeAt(until)
  }

  function flush(): void {
    waking?.timer.cancel()
    waking = undefined
    for (const kind of kinds.values()) tellOf(kind)
    kinds.clear()
  }

  return { passes, flush }
}

/** The same for lines that are the same. */
function keyOf({ level, message, fields }: LogLine): string {
  const theirs = fields.some(([name]) => name === 'remote_addr')
  const isLeftOut = (name: string, value: LogValue): boolean =>
    typeof value === 'number' ? !TELLING.has(name) : typeof value === 'string' && theirs
  const compared = fields.map(([name, value]) => [name, isLeftOut(name, value) ? null : value])
  return JSON.stringify([level, message, compared])
}
