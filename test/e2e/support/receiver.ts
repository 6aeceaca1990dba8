/** A remote_write receiver that answers as a test tells it to, and remembers what it took. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { decodeWriteRequest, STALE_BITS } from '../../support/remote-write-decoder.ts'
import { type Served, serve } from './exporter.ts'
import { seriesName } from './exposition.ts'

export interface Received {
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
  /** A staleness marker. */
  readonly stale: boolean
  /** Milliseconds. */
  readonly timestamp: number
}

export interface Attempt {
  /** Wall time of its arrival, in milliseconds. */
  readonly at: number
  readonly headers: IncomingMessage['headers']
  readonly samples: readonly Received[]
  /** Undefined while it is not answered, or never was. */
  status: number | undefined
}

export interface Receiver extends Served {
  readonly url: string
  /** Every request that arrived whole. */
  readonly attempts: Attempt[]
  /** What was answered with 2xx: samples by series, in the order of arrival. */
  delivered(): Map<string, Received[]>
  /** Samples of the requests that were answered so. */
  samplesAnswered(status: number): number
}

/** Answers one request; `status` is for the common case. */
export type Answer = (attempt: Attempt, response: ServerResponse, nth: number) => void

/** Answers with a status, at once. */
export function status(code: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return (attempt, response) => {
    attempt.status = code
    response.writeHead(code, headers).end(code >= 300 ? `this receiver says ${code}\n` : undefined)
  }
}

export async function startReceiver(answer: Answer = status(204)): Promise<Receiver> {
  const attempts: Attempt[] = []
  const served = await serve((request, response) => {
    // A sender that gives up in the middle is nothing to fail for.
    void buffer(request).then(
      (body) => {
        const attempt: Attempt = {
          at: Date.now(),
          headers: request.headers,
          samples: samplesOf(body),
          status: undefined,
        }
        attempts.push(attempt)
        answer(attempt, response, attempts.length - 1)
      },
      () => undefined,
    )
  })
  return {
    ...served,
    url: `http://${served.address}/api/v1/write`,
    attempts,
    delivered() {
      const series = new Map<string, Received[]>()
      for (const { samples, status = 0 } of attempts) {
        if (status < 200 || status > 299) continue
        for (const sample of samples) {
          const name = seriesName(sample.labels)
          const known = series.get(name)
          if (known === undefined) series.set(name, [sample])
          else known.push(sample)
        }
      }
      return series
    },
    samplesAnswered: (code) =>
      attempts.reduce((sum, { samples, status }) => sum + (status === code ? samples.length : 0), 0),
  }
}

function samplesOf(body: Uint8Array): Received[] {
  return decodeWriteRequest(body).series.flatMap(({ labels, samples }) =>
    samples.map(({ value, bits, timestamp }) => ({ labels, value, stale: bits === STALE_BITS, timestamp })),
  )
}
