/**
 * Asks a running node over HTTP, for the commands that show what it knows. Owns how long and how much is waited for, and what is
 * said when no answer comes. What comes is trusted with nothing: it is bounded, and has the shape asked for or is a problem.
 */

import type { Shape } from '../../core/api/shapes/shape.ts'
import { messageOf } from '../../core/errors.ts'
import { createOutbound, type Outbound } from '../../core/outbound/outbound.ts'
import type { HttpFailure, HttpResponse } from '../../core/ports.ts'
import { createTimers } from '../../core/time/timers.ts'
import { readAddress } from './api-address.ts'
import { outboundOf, timeoutOf } from './api-flags.ts'
import { type Asked, failureText, notOurs, refusalText } from './api-problems.ts'
import type { Runtime } from './command.ts'

/** Bytes of one answer. A page of a thousand targets has some 0.5 MiB, with the longest labels and errors some more. */
const MAX_ANSWER_BYTES: number = 64 * 1024 * 1024

/** `problem`: a sentence for people, without the command's name. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string }

export interface ApiClient {
  /** For messages: `127.0.0.1:12345`. */
  readonly address: string
  /**
   * GETs what is at `path`, without a slash at its beginning: `api/v1/cluster`. Values that are undefined or empty are left out
   * of the query. Never rejects.
   */
  get<T>(path: string, query: Readonly<Record<string, string | undefined>>, is: Shape<T>): Promise<Answer<T>>
  close(): void
}

/** `values` are those of API_FLAGS, without problems; fails when files of the flags can't be used. */
export function openApi(values: ReadonlyMap<string, string>, { ports, version }: Runtime): Answer<ApiClient> {
  const address = readAddress(values.get('address') as string)
  if (!address.ok) return address
  const timeoutMs = timeoutOf(values)
  let outbound: Outbound
  try {
    outbound = createOutbound(outboundOf(values), { ...ports, timers: createTimers(ports.clock) })
  } catch (error) {
    return { ok: false, problem: messageOf(error) }
  }
  const asked: Asked = {
    base: address.base,
    timeout: values.get('timeout') as string,
    shown: shownOf(values, address.base),
    version,
  }

  function send(path: string): Promise<HttpResponse | HttpFailure> {
    return outbound.send({
      method: 'GET',
      url: new URL(path, address.ok ? address.base : undefined),
      headers: [
        ['Accept', 'application/json'],
        ['User-Agent', `skein/${version}`],
      ],
      deadline: ports.clock.monotonic() + timeoutMs,
      maxBodyBytes: MAX_ANSWER_BYTES,
    })
  }

  /** Some server is there, and its answer is none of ours: probes tell the known ones apart. */
  async function stranger(answer: HttpResponse): Promise<string> {
    const probe = await send('-/ready')
    return notOurs(asked, answer, probe.ok ? textOf(probe) : '')
  }

  return {
    ok: true,
    value: {
      address: asked.base.host,
      close: () => outbound.close(),
      async get(path, query, is) {
        const answer = await send(pathWith(path, query))
        if (!answer.ok) return { ok: false, problem: failureText(asked, answer) }
        const value = jsonOf(answer)
        if (answer.status !== 200) {
          const problem = refusalText(asked, answer, value, textOf(answer))
          return { ok: false, problem: problem ?? (await stranger(answer)) }
        }
        if (value === undefined) return { ok: false, problem: await stranger(answer) }
        if (is(value)) return { ok: true, value }
        return { ok: false, problem: `${unknownShape(asked.base.host, version)}; --json shows it as it is` }
      },
    },
  }
}

/** What is said of JSON that isn't what was asked for. */
export function unknownShape(address: string, version: string): string {
  return `the answer of ${address} has another shape than skein ${version} knows: it may run another version`
}

function shownOf(values: ReadonlyMap<string, string>, { username }: URL): Asked['shown'] {
  if (values.get('bearer-token-file') !== '') return 'token'
  return values.get('username') !== '' || username !== '' ? 'name and password' : undefined
}

function pathWith(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') given.set(name, value)
  return given.size === 0 ? path : `${path}?${given}`
}

function textOf({ body }: HttpResponse): string {
  return new TextDecoder().decode(body)
}

/** Undefined when it is no JSON. */
function jsonOf(answer: HttpResponse): unknown {
  try {
    return JSON.parse(textOf(answer))
  } catch {
    return undefined
  }
}
