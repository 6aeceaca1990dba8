/** What the core says to people: a fixed message plus fields. How lines look and where they go is the sink's business. */

export type LogValue = string | number | boolean | undefined

export type LogFields = Readonly<Record<string, LogValue>>

/** Four methods; never throws, never logs secrets (callers pass none). */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** The same sink with fields that stand on every line. */
  with(fields: LogFields): Logger
}
