/** One line of the table of flags. */
export interface Flag {
  readonly name: string
  /** One letter, after one dash. */
  readonly short?: string
  /** `duration` is Go's: `1m30s`; `integer` is a whole number, also below zero. */
  readonly kind: 'text' | 'boolean' | 'duration' | 'integer'
  readonly fallback: string
  readonly help: string
  /** The only values that pass; others are a usage error that lists them. */
  readonly values?: readonly string[]
  /** Set when only the default works in this version: the sentence to say otherwise. */
  readonly onlyDefault?: string
}
