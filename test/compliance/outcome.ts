/** What was seen of a sender in a compliance run: what cases judge. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Exit } from '../e2e/support/processes.ts'
import type { WireRequest } from './wire.ts'

export interface Captured {
  /** Milliseconds since the epoch, of its arrival. */
  readonly at: number
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Uint8Array
  /** Undefined when it could not be read: see `error`. */
  readonly message: WireRequest | undefined
  readonly error: string | undefined
  /** Undefined where nothing was answered that is HTTP. */
  readonly status: number | undefined
}

export interface Outcome {
  readonly requests: readonly Captured[]
  /** Milliseconds since the epoch. */
  readonly scrapes: readonly number[]
  /** host:port that was scraped. */
  readonly target: string
  /** Just before the process began, and when it was told to stop; milliseconds since the epoch. */
  readonly startedAt: number
  readonly stoppedAt: number
  readonly exit: Exit
  /** All that it wrote. */
  readonly output: string
  /** Its own metrics, just before it was told to stop; empty when it didn't give them. */
  readonly metrics: string
  /** It was told to speak 2.0, and knows how. */
  readonly second: boolean
}
