/**
 * remote.http: what a URL answers, for other components' arguments, asked for again and again. When that fails the last content
 * stays in force and the component is unhealthy.
 */
import { CodedError, messageOf } from '../../errors.ts'
import {
  type AnyComponentDefinition,
  type Component,
  type ComponentContext,
  defineComponent,
} from '../../graph/component.ts'
import { MAX_REMOTE_CONTENT_BYTES } from '../../limits.ts'
import { createOutbound, type Outbound } from '../../outbound/outbound.ts'
import type { HeaderField, Monotonic } from '../../ports.ts'
import { attr, block, type Infer, nested } from '../../syntax/schema.ts'
import { bool, duration, map, oneOf, string } from '../../syntax/types.ts'
import { deepEqual, OptionalSecret } from '../../syntax/value.ts'
import { httpClient, outboundConfig } from '../http-client.ts'
import { IDENTITY } from '../lent.ts'

/** They belong to the connection: what we write there ourselves must be the only thing. */
const OF_THE_CONNECTION = /^(host|content-length|transfer-encoding|connection)$/i

const schema = block(
  {
    url: attr.required(string, 'What is asked for.'),
    method: attr.optional(oneOf('GET', 'POST'), 'GET', 'Method of the request.'),
    headers: attr.optional(map(string), new Map(), 'Headers of the request.'),
    body: attr.optional(string, '', 'Body of the request.'),
    poll_frequency: attr.optional(duration, 60_000, 'How often it is asked for.'),
    poll_timeout: attr.optional(duration, 10_000, 'How long an answer may take.'),
    is_secret: attr.optional(bool, false, 'Whether the content is never shown.'),
    client: nested.defaulted(httpClient, 'How the server is talked to.'),
  },
  {
    validate(args, report) {
      const { url, headers, poll_frequency, poll_timeout } = args
      if (poll_frequency <= 0) report('poll_frequency must be greater than 0', 'poll_frequency')
      if (poll_timeout <= 0) report('poll_timeout must be greater than 0', 'poll_timeout')
      if (poll_timeout >= poll_frequency) report('poll_timeout must be less than poll_frequency', 'poll_timeout')
      // The URL is not shown: it may hold a password.
      if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) report('url must be an http or https URL', 'url')
      for (const name of headers.keys()) {
        if (OF_THE_CONNECTION.test(name)) report(`setting header "${name}" is not allowed`, 'headers')
      }
    },
  },
)

type Args = Infer<typeof schema>

interface Exports {
  readonly content: OptionalSecret
}

function build(context: ComponentContext<Exports>, first: Args): Component<Args> {
  const { timers, log } = context
  const { http, files, clock } = context.ports
  const { userAgent } = context.services(IDENTITY)
  let args = first
  let client = outboundOf(first)
  let content = ''
  let dueAt: Monotonic = Number.NEGATIVE_INFINITY
  /** Ends the wait or the poll that is under way. */
  let turn = new AbortController()
  let lastError = ''

  function outboundOf({ client }: Args): Outbound {
    return createOutbound(outboundConfig(client), { http, files, clock, timers })
  }

  function publish(): void {
    context.publish({ content: new OptionalSecret(content, args.is_secret) })
  }

  /** Rejects with an error for people. */
  async function ask(through: Outbound, from: Args, signal: AbortSignal): Promise<string> {
    const answer = await through.send({
      method: from.method,
      url: new URL(from.url),
      headers: headersOf(from, userAgent),
      ...(from.body === '' ? {} : { body: new TextEncoder().encode(from.body) }),
      deadline: clock.monotonic() + from.poll_timeout,
      maxBodyBytes: MAX_REMOTE_CONTENT_BYTES,
      signal,
    })
    if (!answer.ok) throw new Error(`performing request: ${answer.message}`)
    if (answer.status !== 200) {
      throw new Error(`unexpected status code ${answer.status} ${answer.statusText}`.trimEnd())
    }
    return new TextDecoder().decode(answer.body).trim()
  }

  /** Rejects when the poll failed; what it found counts unless `signal` aborted meanwhile. */
  async function poll(through: Outbound, signal: AbortSignal): Promise<void> {
    dueAt = clock.monotonic() + args.poll_frequency
    try {
      const found = await ask(through, args, signal)
      if (signal.aborted) return
      content = found
      publish()
      context.setHealth('healthy', 'polled endpoint')
      lastError = ''
    } catch (thrown) {
      if (signal.aborted) return
      const message = `polling failed: ${messageOf(thrown)}`
      context.setHealth('unhealthy', message)
      throw new CodedError('config', message, { cause: thrown })
    }
  }

  async function pollAndTell(signal: AbortSignal): Promise<void> {
    try {
      await poll(client, signal)
    } catch (thrown) {
      const err = messageOf(thrown)
      if (err !== lastError) log.error('polling failed; the last content stays', { err })
      lastError = err
    }
  }

  publish()
  return {
    // Dependants are evaluated with a real content, or not at all.
    async prepare(signal) {
      const once = outboundOf(args)
      try {
        await poll(once, signal)
      } finally {
        once.close()
      }
    },
    async run(signal) {
      const stop = (): void => turn.abort()
      signal.addEventListener('abort', stop, { once: true })
      while (!signal.aborted) {
        turn = new AbortController()
        const wait = dueAt - clock.monotonic()
        if (wait > 0) await timers.sleep(wait, turn.signal)
        if (!turn.signal.aborted) await pollAndTell(turn.signal)
      }
      client.close()
    },
    update(next) {
      if (!deepEqual(next.client, args.client)) {
        const before = client
        client = outboundOf(next)
        before.close()
      }
      args = next
      // A secret from now on must not be shown until the next answer.
      publish()
      dueAt = Number.NEGATIVE_INFINITY
      turn.abort()
    },
  }
}

function headersOf({ headers }: Args, userAgent: string): readonly HeaderField[] {
  const own = [...headers].map(([name, value]): HeaderField => [name, value])
  return own.some(([name]) => name.toLowerCase() === 'user-agent') ? own : [['User-Agent', userAgent], ...own]
}

export const remoteHttp: AnyComponentDefinition = defineComponent<Args, Exports>({
  name: 'remote.http',
  about: {
    does: 'Asks an HTTP server for a text, such as a list or a password, and keeps it current.',
    exports: [{ name: 'content', type: 'secret | string', doc: 'The body of the last good answer.' }],
  },
  stability: 'generally-available',
  schema,
  build,
})
