/** Which version of remote_write is spoken, what becomes of a receiver that doesn't know it, and what it says it wrote. */
import { describe, expect, it } from 'vitest'
import type { HttpRequest } from '../../core/ports.ts'
import type { ProtobufMessage } from '../../core/remote-write/config.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import {
  type Answer,
  batchOf,
  createFakeReceiver,
  createRig,
  delivered,
  endpoint,
  settings,
  sourceOf,
  status,
  wrote,
} from './setup.ts'

const T0 = 1_700_000_000_000
const LABELS = 'remote_name="one",url="http://receiver.test/push"'
const SECOND = 'io.prometheus.write.v2.Request'

type Respond = (attempt: number, request: HttpRequest) => Answer | Promise<Answer>

function start(protobufMessage: ProtobufMessage, respond: Respond, queue: Parameters<typeof endpoint>[1] = {}) {
  const clock = createFakeClock({ now: T0 })
  const receiver = createFakeReceiver(clock, respond)
  const rig = createRig(settings(endpoint({ protobufMessage }, queue)), receiver.send, clock)
  const source = sourceOf({ __name__: 'up', job: 'x' }, { __name__: 'down', job: 'x' })
  const sink = rig.remoteWrite.receiver.open(source)
  const value = (name: string, reason?: string): number | undefined =>
    rig.metric(`prometheus_remote_storage_${name}{${LABELS}${reason === undefined ? '' : `,reason="${reason}"`}}`)
  return { ...rig, receiver, sink, value }
}

function isSecond({ headers }: HttpRequest): boolean {
  return headers.some(([name, value]) => name === 'Content-Type' && value.includes(SECOND))
}

/** A receiver of 1.0 alone, that answers 2.0 with this. */
function old(answer: Answer): Respond {
  return (_attempt, request) => (isSecond(request) ? answer : status(204))
}

describe('remote_write 2.0', () => {
  it('says so in its headers, and believes what the receiver wrote', async () => {
    const { clock, sink, receiver, remoteWrite, value } = start(SECOND, (_attempt, request) => wrote(request))
    await sink.append(batchOf(T0, [1, 2]))
    await clock.advance(5000)
    expect(receiver.attempts[0].request.headers).toEqual([
      ['Content-Encoding', 'snappy'],
      ['Content-Type', `application/x-protobuf;proto=${SECOND}`],
      ['X-Prometheus-Remote-Write-Version', '2.0.0'],
      ['User-Agent', 'skein/test'],
    ])
    expect(delivered(receiver)).toEqual([
      `{__name__="up",job="x"} ${T0} 3ff0000000000000`,
      `{__name__="down",job="x"} ${T0} 4000000000000000`,
    ])
    expect(value('samples_failed_total')).toBe(0)
    expect(value('samples_pending')).toBe(0)
    await remoteWrite.stop()
  })

  it('counts as failed what was not written, of a success and of a refusal', async () => {
    const { clock, sink, receiver, remoteWrite, value, logs } = start(SECOND, (attempt, request) =>
      attempt === 1 ? wrote(request, 1) : { ...wrote(request, 0), status: 400 },
    )
    await sink.append(batchOf(T0, [1, 2]))
    await clock.advance(5000)
    expect(value('samples_lost_total', 'not_written')).toBe(1)
    await sink.append(batchOf(T0 + 1, [1, 2]))
    await clock.advance(60_000)
    expect(receiver.attempts).toHaveLength(2)
    expect(value('samples_lost_total', 'rejected')).toBe(2)
    expect(value('samples_failed_total')).toBe(3)
    expect(logs.map(({ level, fields }) => [level, fields['samples']])).toEqual([
      ['error', 1],
      ['error', 2],
    ])
    await remoteWrite.stop()
  })

  it.each([
    ['415', status(415, 'unsupported'), 'rejected'],
    ['a success that does not say what was written', status(200), 'not_understood'],
  ])('alone takes %s for a final failure', async (_what, answer, reason) => {
    const { clock, sink, receiver, remoteWrite, value } = start(SECOND, old(answer))
    await sink.append(batchOf(T0, [1, 2]))
    await clock.advance(60_000)
    expect(receiver.attempts).toHaveLength(1)
    expect(value('samples_lost_total', reason)).toBe(2)
    expect(value('samples_failed_total')).toBe(2)
    await remoteWrite.stop()
  })
})

describe('the automatic mode', () => {
  it.each([
    ['415', status(415)],
    ['a success that does not say what was written', status(200)],
  ])('speaks 1.0 after %s, for good, and loses nothing', async (_what, answer) => {
    const { clock, sink, receiver, remoteWrite, metrics, value, logs } = start('auto', old(answer))
    expect(metrics.expose()).toContain(`protocol_info{${LABELS},version="2.0"} 1`)
    for (let i = 0; i < 3; i++) {
      await sink.append(batchOf(T0 + i, [i, 10 + i]))
      await clock.advance(5000)
    }
    expect(receiver.attempts.map(({ protocol }) => protocol)).toEqual(['2.0', '1.0', '1.0', '1.0'])
    expect(delivered({ ...receiver, attempts: receiver.attempts.slice(1) })).toHaveLength(6)
    expect(value('samples_failed_total')).toBe(0)
    expect(value('samples_retried_total')).toBe(0)
    expect(metrics.expose()).toContain(`protocol_info{${LABELS},version="1.0"} 1`)
    expect(metrics.expose()).not.toContain('version="2.0"')
    expect(logs.filter(({ level }) => level === 'warn')).toHaveLength(1)
    await remoteWrite.stop()
  })

  it('turns all that is queued to 1.0, in order, also what was under way', async () => {
    const answers: (() => void)[] = []
    const respond: Respond = (_attempt, request) =>
      isSecond(request) ? new Promise((resolve) => answers.push(() => resolve(status(415)))) : status(204)
    const { clock, receiver, remoteWrite } = start('auto', respond, {
      maxSamplesPerSend: 1,
      maxShards: 4,
      minShards: 4,
    })
    const sources = ['a', 'b', 'c', 'd'].map((name) => sourceOf({ __name__: name }))
    const sinks = sources.map((source) => remoteWrite.receiver.open(source))
    for (let i = 0; i < 3; i++) for (const sink of sinks) await sink.append(batchOf(T0 + i, [i]))
    await clock.settle()
    expect(answers).toHaveLength(4)
    for (const answer of answers) answer()
    await clock.advance(1000)
    expect(receiver.attempts.map(({ protocol }) => protocol)).toEqual([
      ...Array(4).fill('2.0'),
      ...Array(12).fill('1.0'),
    ])
    const lines = delivered(receiver)
    expect(lines).toHaveLength(12)
    for (const name of ['a', 'b', 'c', 'd']) {
      const times = lines.filter((line) => line.includes(`"${name}"`)).map((line) => Number(line.split(' ')[1]) - T0)
      expect(times).toEqual([0, 1, 2])
    }
    await remoteWrite.stop()
  })

  it('ends there: a receiver that knows neither is refused for good', async () => {
    const { clock, sink, receiver, remoteWrite, value } = start('auto', () => status(415))
    await sink.append(batchOf(T0, [1, 2]))
    await clock.advance(60_000)
    expect(receiver.attempts.map(({ protocol }) => protocol)).toEqual(['2.0', '1.0'])
    expect(value('samples_lost_total', 'rejected')).toBe(2)
    await remoteWrite.stop()
  })

  it('tries 2.0 again when the settings of the endpoint change, and not when others do', async () => {
    const { clock, sink, receiver, remoteWrite } = start('auto', (attempt, request) =>
      isSecond(request) ? (attempt < 5 ? status(415) : wrote(request)) : status(204),
    )
    const step = async (timestamp: number): Promise<void> => {
      await sink.append(batchOf(timestamp, [1]))
      await clock.advance(5000)
    }
    await step(T0)
    remoteWrite.update({ ...settings(endpoint({ protobufMessage: 'auto' })), externalLabels: ['region', 'eu'] })
    await step(T0 + 1)
    remoteWrite.update(settings(endpoint({ protobufMessage: 'auto', remoteTimeout: 1000 })))
    await step(T0 + 2)
    remoteWrite.update(settings(endpoint({ protobufMessage: 'auto', remoteTimeout: 2000 })))
    await step(T0 + 3)
    expect(receiver.attempts.map(({ protocol }) => protocol)).toEqual(['2.0', '1.0', '1.0', '2.0', '1.0', '2.0'])
    await remoteWrite.stop()
  })
})

describe('settings that change from 2.0 to 1.0', () => {
  it('go for what is queued as well', async () => {
    let well = false
    const { clock, sink, receiver, remoteWrite } = start(SECOND, (_attempt, request) =>
      !well ? status(503) : isSecond(request) ? status(400) : status(204),
    )
    await sink.append(batchOf(T0, [1, 2]))
    await clock.advance(6000)
    remoteWrite.update(settings(endpoint()))
    well = true
    await sink.append(batchOf(T0 + 1, [3, 4]))
    await clock.advance(10_000)
    expect(delivered(receiver).map((line) => Number(line.split(' ')[1]) - T0)).toEqual([0, 0, 1, 1])
    await remoteWrite.stop()
  })

  it.each([
    ['415', status(415)],
    ['a success that does not say what was written', status(200)],
  ])('go for what was under way and is answered with %s', async (_what, answer) => {
    let reply = (): void => undefined
    const { clock, sink, receiver, remoteWrite, value } = start(SECOND, (_attempt, request) =>
      isSecond(request)
        ? new Promise((resolve) => {
            reply = () => resolve(answer)
          })
        : status(204),
    )
    await sink.append(batchOf(T0, [1, 2]))
    await clock.advance(5000)
    remoteWrite.update(settings(endpoint()))
    reply()
    await clock.advance(5000)
    expect(receiver.attempts.map(({ protocol }) => protocol)).toEqual(['2.0', '1.0'])
    expect(value('samples_lost_total', 'rejected')).toBe(0)
    expect(value('samples_lost_total', 'not_understood')).toBe(0)
    await remoteWrite.stop()
  })
})
