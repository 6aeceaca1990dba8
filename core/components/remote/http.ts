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
import type { Outbound } from '../../outbound/outbound.ts'
import type { Monotonic } from '../../ports.ts'
import { attr, block, type Infer, squash } from '../../syntax/schema.ts'
import { bool } from '../../syntax/types.ts'
import { deepEqual, OptionalSecret } from '../../syntax/value.ts'
import { IDENTITY } from '../lent.ts'
import { askUrl, clientOf, polledUrl } from './polled-url.ts'

const schema = block({
  request: squash(polledUrl),
  is_secret: attr.optional(bool, false, 'Whether the content is never shown.'),
})

type Args = Infer<typeof schema>

interface Exports {
  readonly content: OptionalSecret
}

function build(context: ComponentContext<Exports>, first: Args): Component<Args> {
  const { timers, log } = context
  const { clock } = context.ports
  const { userAgent } = context.services(IDENTITY)
  let args = first
  let client = clientOf(first.request, context)
  let content = ''
  let dueAt: Monotonic = Number.NEGATIVE_INFINITY
  /** Ends the wait or the poll that is under way. */
  let turn = new AbortController()
  let lastError = ''

  function publish(): void {
    context.publish({ content: new OptionalSecret(content, args.is_secret) })
  }

  /** Rejects when the poll failed; what it found counts unless `signal` aborted meanwhile. */
  async function poll(through: Outbound, signal: AbortSignal): Promise<void> {
    dueAt = clock.monotonic() + args.request.poll_frequency
    try {
      const found = await askUrl(args.request, through, context, userAgent, signal)
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
      const once = clientOf(args.request, context)
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
      if (!deepEqual(next.request.client, args.request.client)) {
        const before = client
        client = clientOf(next.request, context)
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
