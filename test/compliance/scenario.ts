/** What a compliance run is: something to scrape, and a receiver that answers in a certain way. Plain data, so that equal ones share a run. */
/** What the sender is told to speak; `auto`: 2.0 unless the receiver answers 415. */
export type Speak = '1.0' | '2.0' | 'auto'

/** `counted`: as many as arrived; `none`: no headers; numbers are samples, histograms, exemplars. */
export type Written = 'counted' | 'none' | readonly [samples: number, histograms: number, exemplars: number]

export interface Reply {
  readonly status: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** `counted` for 2xx and `none` for others unless given. */
  readonly written?: Written
}

/** hang: never answers; garbage: what is no HTTP; cut: promises more than it sends, and closes. */
export type Answer = Reply | 'hang' | 'garbage' | 'cut'

export interface Receiving {
  /** For the first requests, one each. */
  readonly first?: readonly Answer[]
  /** For all others; 204 unless given. */
  readonly always?: Answer
  /** Requests of 2.0 get 415 instead, always or the first time. */
  readonly refuseSecond?: 'always' | 'once'
  /** Up to this long passes before each answer, at random. */
  readonly delayMs?: number
  /** The sender is stopped once so many were answered with 2xx; from then on all get 410. */
  readonly stopAfter?: number
}

/**
 * What is served on every path. `@now@`, `@now-7200@`: seconds since the epoch, counted from when the run begins; `@ms@`,
 * `@ms+1000@`: the same in milliseconds.
 * Text gets the type of the text format, OpenMetrics when there is an exemplar in it.
 */
export type Exposing =
  | { readonly text: string; readonly type?: 'text' | 'openmetrics' | 'sniffed' }
  | { readonly families: readonly Family[] }
  /** now: a gauge with the time; vanishing: a gauge that is there at the first scrape only. */
  | { readonly live: 'now' | 'vanishing' }

/** A family of the protobuf exposition with one native or classic histogram. */
export interface Family {
  readonly name: string
  readonly count: number
  readonly sum: number
  readonly schema: number
  readonly zeroThreshold?: number
  readonly zeroCount?: number
  readonly positive?: { readonly offset: number; readonly deltas: readonly number[] }
  readonly negative?: { readonly offset: number; readonly deltas: readonly number[] }
  /** A span of no buckets, which says that it is native. */
  readonly empty?: true
  /** Classic. */
  readonly buckets?: readonly (readonly [bound: number, cumulative: number])[]
}

export interface Scenario {
  readonly speak: Speak
  readonly expose: Exposing
  readonly receive: Receiving
  /** Until SIGINT. */
  readonly seconds: number
  /** Where to send to instead: nobody is there. `closed` is a port where nobody listens. */
  readonly elsewhere?: string
  /** A request is sent this long after its first sample; 5 s unless given. */
  readonly deadlineMs?: number
  readonly nativeHistograms?: boolean
  /** The receiver's path; / unless given. */
  readonly path?: string
}
