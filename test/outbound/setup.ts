/** An outbound over a network that is a function, files that are a map, and a clock that the test moves. */

import type { OutboundConfig } from '../../core/outbound/config.ts'
import { createOutbound, type Outbound, type OutboundPorts } from '../../core/outbound/outbound.ts'
import type { HeaderField, HttpClientOptions, HttpFailure, HttpRequest, HttpResponse } from '../../core/ports.ts'
import { createTimers } from '../../core/time/timers.ts'

export type Answer = (request: HttpRequest) => HttpResponse | HttpFailure | Promise<HttpResponse | HttpFailure>

export interface Setup {
  readonly outbound: Outbound
  readonly ports: OutboundPorts
  /** Everything that was sent. */
  readonly sent: HttpRequest[]
  /** Options of the clients opened so far, and how many were closed. */
  readonly opened: HttpClientOptions[]
  closed: number
  readonly files: Map<string, string>
  /** Moves both clocks and runs what is due. */
  advance(ms: number): Promise<void>
  get(url?: string, more?: Partial<HttpRequest>): Promise<HttpResponse | HttpFailure>
}

export const START_MS: number = Date.UTC(2026, 0, 1)

export function setup(
  config: OutboundConfig,
  answer: Answer = () => respond(200),
  given: Record<string, string> = {},
): Setup {
  const files = new Map(Object.entries(given))
  const wakes = new Set<{ at: number; wakeUp: () => void }>()
  let elapsed = 0
  const state = { sent: [] as HttpRequest[], opened: [] as HttpClientOptions[], closed: 0 }
  const clock = {
    now: () => START_MS + elapsed,
    monotonic: () => elapsed,
    wake(at: number, wakeUp: () => void) {
      const entry = { at, wakeUp }
      wakes.add(entry)
      return () => void wakes.delete(entry)
    },
    turn: () => new Promise<void>((resolve) => setTimeout(resolve, 0)),
  }
  const ports: OutboundPorts = {
    clock,
    timers: createTimers(clock),
    files: {
      readSync(path: string) {
        const text = files.get(path)
        if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`)
        return new TextEncoder().encode(text)
      },
    } as OutboundPorts['files'],
    http: {
      open(options) {
        result.opened.push(options)
        return {
          async send(request) {
            result.sent.push(request)
            return answer(request)
          },
          close: () => void result.closed++,
        }
      },
      proxyFromEnvironment: (url) => (url.hostname === 'direct.test' ? undefined : environmentProxy),
    },
  }
  const result: Setup = {
    ...state,
    ports,
    files,
    outbound: undefined as unknown as Outbound,
    async advance(ms) {
      elapsed += ms
      for (const entry of [...wakes]) {
        if (entry.at > elapsed) continue
        wakes.delete(entry)
        entry.wakeUp()
      }
      await clock.turn()
    },
    get: (url = 'http://target.test/metrics', more = {}) =>
      result.outbound.send({
        method: 'GET',
        url: new URL(url),
        headers: [['Accept', '*/*']],
        deadline: elapsed + 10_000,
        maxBodyBytes: 1e6,
        ...more,
      }),
  }
  return Object.assign(result, { outbound: createOutbound(config, ports) })
}

const environmentProxy = { url: 'http://proxy.test:3128' }

export function respond(status: number, headers: Record<string, string> = {}, body = ''): HttpResponse {
  return {
    ok: true,
    status,
    statusText: '',
    header: (name) => headers[name],
    body: new TextEncoder().encode(body),
  }
}

export function headerOf(request: HttpRequest | undefined, name: string): string | undefined {
  const found = request?.headers.filter((field: HeaderField) => field[0].toLowerCase() === name.toLowerCase()) ?? []
  return found.length === 0 ? undefined : found.map((field) => field[1]).join(', ')
}

export const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
