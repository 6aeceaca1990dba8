/** The receiver of a compliance run: answers as its scenario says, and records every request as it came. */
import type { ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { serve } from '../e2e/support/exporter.ts'
import type { Captured } from './outcome.ts'
import type { Answer, Receiving, Reply, Written } from './scenario.ts'
import { readRequest, type WireRequest } from './wire.ts'

export interface ComplianceReceiver {
  /** host:port */
  readonly address: string
  readonly requests: readonly Captured[]
  /** Resolves when as many were answered with 2xx as the scenario wants; never, when it doesn't say. */
  readonly enough: Promise<void>
  close(): Promise<void>
}

export async function startReceiver(receiving: Receiving): Promise<ComplianceReceiver> {
  const requests: Captured[] = []
  const seconds = { seen: 0 }
  let well = 0
  let enough = (): void => {}
  const reached = new Promise<void>((resolve) => {
    enough = resolve
  })

  function answerTo(version: string | undefined, nth: number): Answer {
    if (receiving.stopAfter !== undefined && well >= receiving.stopAfter) return { status: 410, body: 'Test finished' }
    const isSecond = version === '2.0'
    if (isSecond) seconds.seen++
    const refuses = receiving.refuseSecond === 'always' || (receiving.refuseSecond === 'once' && seconds.seen === 1)
    if (isSecond && refuses) return { status: 415, body: 'this message is not known here: use prometheus.WriteRequest' }
    return receiving.first?.[nth] ?? receiving.always ?? { status: 204 }
  }

  const served = await serve((request, response) => {
    const at = Date.now()
    // A sender that gives up in the middle is nothing to fail for.
    void buffer(request).then(
      async (body) => {
        const read = tryToRead(body, String(request.headers['content-type']))
        // Its place among the requests is that of its arrival, however long the answer takes.
        const nth = requests.length
        const answer = read.error === undefined ? answerTo(read.message?.version, nth) : unreadable(read.error)
        const status = typeof answer === 'string' ? undefined : answer.status
        const { method = '', url: path = '', headers } = request
        requests.push({ at, method, path, headers, body, ...read, status })
        if (status !== undefined && status < 300) well++
        if (receiving.delayMs !== undefined) await sleep(Math.random() * receiving.delayMs)
        send(answer, read.message, response)
        if (well === receiving.stopAfter) enough()
      },
      () => undefined,
    )
  })
  return { address: served.address, requests, enough: reached, close: () => served.close() }
}

function unreadable(error: string): Reply {
  return { status: 400, body: `this can't be read: ${error}` }
}

function tryToRead(body: Uint8Array, type: string): { message: WireRequest | undefined; error: string | undefined } {
  try {
    return { message: readRequest(body, type), error: undefined }
  } catch (error) {
    return { message: undefined, error: String(error) }
  }
}

function send(answer: Answer, message: WireRequest | undefined, response: ServerResponse): void {
  if (answer === 'hang') return
  if (answer === 'garbage') {
    response.socket?.end('Not valid response headers\r\n\r\n')
    return
  }
  if (answer === 'cut') {
    response.writeHead(200, { 'content-length': 1000 })
    response.write('partial', () => response.socket?.destroy())
    return
  }
  const { status, body, headers, written = status < 300 ? 'counted' : 'none' } = answer
  // 204 has no body: one is sent nevertheless where a scenario says so, as Go's servers would drop it.
  response.writeHead(status, { ...headers, ...writtenHeaders(written, message) }).end(status === 204 ? undefined : body)
}

function writtenHeaders(written: Written, message: WireRequest | undefined): Record<string, string> {
  if (written === 'none' || message === undefined) return {}
  const [samples, histograms, exemplars] = written === 'counted' ? countsOf(message) : written
  return {
    'X-Prometheus-Remote-Write-Samples-Written': String(samples),
    'X-Prometheus-Remote-Write-Histograms-Written': String(histograms),
    'X-Prometheus-Remote-Write-Exemplars-Written': String(exemplars),
  }
}

export function countsOf({ series }: WireRequest): [samples: number, histograms: number, exemplars: number] {
  const sum = (key: 'samples' | 'histograms' | 'exemplars'): number =>
    series.reduce((total, one) => total + one[key].length, 0)
  return [sum('samples'), sum('histograms'), sum('exemplars')]
}
