/**
 * Turns what the core says into lines, logfmt (as Alloy writes it) or JSON, and hands them to a sink. Level and format can
 * change while the agent runs (the `logging` block). A line never holds a raw line break, whatever its fields hold. What comes
 * again and again is summed up: see repeats.ts.
 */
import { withoutPasswords } from '../errors.ts'
import type { LogFields, Logger, LogValue } from './logger.ts'
import { createRepeats, type LogLine, type RepeatsPorts } from './repeats.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFormat = 'logfmt' | 'json'

export interface LogOutput {
  readonly logger: Logger
  /** From now on: lines below `level` are dropped. */
  configure(level: LogLevel, format: LogFormat): void
  /** Writes the sums of what was held back: before the process ends. */
  flush(): void
}

const RANKS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

/**
 * `now`: ms since the epoch. `write` gets one line with its line feed; it must not block and must not throw. Without `ports`
 * every line is written, however often it comes. Starts at level info, in logfmt.
 */
export function createLogOutput(now: () => number, write: (line: string) => void, ports?: RepeatsPorts): LogOutput {
  let lowest = RANKS.info
  let format: LogFormat = 'logfmt'
  const repeats = ports === undefined ? undefined : createRepeats(ports, tellSum)

  function tellSum(last: LogLine, repeated: number): void {
    // The level may have changed since.
    if (RANKS[last.level] < lowest) return
    put({ ...last, fields: [...last.fields, ['repeated', repeated]] })
  }

  function put({ level, message, fields }: LogLine): void {
    const pairs = [['ts', new Date(now()).toISOString()], ['level', level], ['msg', message], ...fields] as const
    const shownPairs = pairs.map(([name, value]) => [name, shown(value)] as const)
    write(format === 'json' ? jsonLine(shownPairs) : logfmtLine(shownPairs))
  }

  function loggerWith(constant: LogLine['fields']): Logger {
    const at = (level: LogLevel) => (message: string, given?: LogFields) => {
      if (RANKS[level] < lowest) return
      const line = { level, message, fields: [...constant, ...Object.entries(given ?? {})] }
      if (repeats === undefined || repeats.passes(line)) put(line)
    }
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      with: (fields) => loggerWith([...constant, ...Object.entries(fields)]),
    }
  }

  return {
    logger: loggerWith([]),
    configure(level, nextFormat) {
      lowest = RANKS[level]
      format = nextFormat
    },
    flush: () => repeats?.flush(),
  }
}

/** Addresses come from configurations and from afar: what they have for passwords stays out of the log. */
function shown(value: LogValue): LogValue {
  return typeof value === 'string' ? withoutPasswords(value) : value
}

type Pair = readonly [name: string, value: LogValue]

/** Fields without a value are left out. */
export function logfmtLine(pairs: readonly Pair[]): string {
  let line = ''
  for (const [name, value] of pairs) {
    if (value === undefined) continue
    line += `${line === '' ? '' : ' '}${name.replace(/[\s="]+/g, '_')}=${quoted(String(value))}`
  }
  return `${line}\n`
}

export function jsonLine(pairs: readonly Pair[]): string {
  return `${JSON.stringify(Object.fromEntries(pairs))}\n`
}

/** Bare when no reader could mistake it; otherwise a JSON string, which every logfmt reader takes. */
function quoted(text: string): string {
  return /^[^\s="\\\x00-\x1f\x7f\u2028\u2029]+$/.test(text)
    ? text
    : JSON.stringify(text).replace(/[\x7f\u2028\u2029]/g, escaped)
}

function escaped(c: string): string {
  return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`
}
