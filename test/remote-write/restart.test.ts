/** What becomes of samples that could not be sent when the agent ends, however it ends: a disk that outlives it, a clock for all. */
import { describe, expect, it } from 'vitest'
import type { HttpRequest } from '../../core/ports.ts'
import type { RemoteWriteConfig, WalConfig } from '../../core/remote-write/config.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { createFakeDisk } from '../support/fake-segments.ts'
import {
  type Answer,
  batchOf,
  createFakeReceiver,
  createRig,
  delivered,
  endpoint,
  type Rig,
  settings,
  sourceOf,
  status,
  wrote,
} from './setup.ts'

const T0 = 1_700_000_000_000
const LABELS = 'remote_name="one",url="http://receiver.test/push"'
const DOWN = (): Answer => status(503)
const WELL = (): Answer => status(204)

type Respond = (attempt: number, request: HttpRequest) => Answer | Promise<Answer>

/** A machine on which one agent after the other runs. */
function createMachine() {
  const clock = createFakeClock({ now: T0 })
  const directories: ReturnType<typeof createFakeDisk>['directories'] = new Map()
  const state = { respond: DOWN as Respond, hanging: false }
  const receiver = createFakeReceiver(clock, (attempt, request) => state.respond(attempt, request))
  let running = 0

  function run(config: RemoteWriteConfig) {
    const me = ++running
    const killed = (): boolean => me !== running
    const send = (request: HttpRequest): Promise<Answer> =>
      killed() ? new Promise(() => undefined) : receiver.send(request)
    const disk = createFakeDisk(directories, clock.now)
    disk.waiting = () => (killed() || state.hanging ? new Promise(() => undefined) : undefined)
    const rig = createRig(config, send, clock, disk)
    return {
      ...rig,
      sink: rig.remoteWrite.receiver.open(sourceOf({ __name__: 'up', job: 'x' }, { __name__: 'down', job: 'x' })),
      /** How long it took, in ms. */
      async stop(): Promise<number> {
        const from = clock.monotonic()
        let took = -1
        const stopping = rig.remoteWrite.stop().then(() => (took = clock.monotonic() - from))
        await clock.advance(10_000)
        await stopping
        return took
      },
      /** From now on the disk has what it was given until now, and nothing is sent. */
      kill() {
        running++
      },
      value: (name: string, reason?: string) =>
        rig.metric(`prometheus_remote_storage_${name}{${LABELS}${reason === undefined ? '' : `,reason="${reason}"`}}`),
    }
  }

  return { clock, state, receiver, run }
}

/** Moments of the delivered samples of a series, after T0. */
function times(receiver: Parameters<typeof delivered>[0], series = 'up'): number[] {
  return delivered(receiver)
    .filter((line) => line.startsWith(`{__name__="${series}"`))
    .map((line) => Number(line.split(' ')[1]) - T0)
}

function withWal(wal: Partial<WalConfig>, config: RemoteWriteConfig = settings(endpoint())): RemoteWriteConfig {
  return { ...config, wal: { ...config.wal, ...wal } }
}

async function scrape(
  machine: ReturnType<typeof createMachine>,
  rig: Pick<Rig, 'remoteWrite'> & { sink: { append: (batch: ReturnType<typeof batchOf>) => unknown } },
  count: number,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    await rig.sink.append(batchOf(machine.clock.now(), [i, i]))
    await machine.clock.advance(1000)
  }
}

describe('a restart', () => {
  it('while the receiver fails loses nothing, and sends what is older first', async () => {
    const machine = createMachine()
    const first = machine.run(settings(endpoint()))
    await scrape(machine, first, 20)
    expect(await first.stop()).toBeLessThan(100)
    expect(first.logs.at(-1)).toMatchObject({ level: 'info', fields: { samples: 40 } })
    expect(first.value('samples_failed_total')).toBeUndefined()

    machine.state.respond = WELL
    const second = machine.run(settings(endpoint()))
    await scrape(machine, second, 10)
    await second.stop()
    const all = times(machine.receiver)
    expect(all).toHaveLength(30)
    expect(all).toEqual([...all].sort((a, b) => a - b))
    expect(times(machine.receiver, 'down')).toHaveLength(30)
  })

  it('after a kill loses nothing that had been taken when it is always written', async () => {
    const machine = createMachine()
    const first = machine.run(settings(endpoint()))
    await scrape(machine, first, 18)
    first.kill()
    await machine.clock.advance(1000)

    machine.state.respond = WELL
    const second = machine.run(settings(endpoint()))
    await machine.clock.advance(10_000)
    await second.stop()
    expect(times(machine.receiver)).toEqual(Array.from({ length: 18 }, (_, i) => i * 1000))
  })

  it('after a kill loses spill_delay at most when it is written on need', async () => {
    const machine = createMachine()
    const config = withWal(
      { persistence: 'spill', spillDelay: 2000 },
      settings(endpoint({}, { batchSendDeadline: 1000 })),
    )
    const first = machine.run(config)
    await scrape(machine, first, 18)
    first.kill()
    await machine.clock.advance(1000)

    machine.state.respond = WELL
    const second = machine.run(config)
    await machine.clock.advance(10_000)
    await second.stop()
    // The last one is in the open block, which is 1 s old at most; those before waited 2 s at most.
    expect(times(machine.receiver).length).toBeGreaterThanOrEqual(14)
    expect(times(machine.receiver)).toEqual(Array.from({ length: times(machine.receiver).length }, (_, i) => i * 1000))
  })

  it('goes on in the protocol that the settings say now', async () => {
    const second = settings(endpoint({ protobufMessage: 'io.prometheus.write.v2.Request' }))
    for (const [before, after] of [
      [second, settings(endpoint())],
      [settings(endpoint()), second],
    ]) {
      const machine = createMachine()
      const one = machine.run(before)
      await scrape(machine, one, 6)
      await one.stop()
      machine.state.respond = (_attempt, request) =>
        request.headers.some(([, value]) => value.includes('v2')) ? wrote(request) : status(204)
      const two = machine.run(after)
      await machine.clock.advance(10_000)
      await two.stop()
      expect(times(machine.receiver)).toEqual([0, 1000, 2000, 3000, 4000, 5000])
      expect(new Set(machine.receiver.attempts.slice(-2).map(({ protocol }) => protocol))).toEqual(new Set(['1.0']))
    }
  })

  it('never sends what waits for one tenant as another, whatever the order of the blocks', async () => {
    const machine = createMachine()
    const tenant = (id: string, timeout: number) =>
      endpoint({ name: `${id}${timeout}`, headers: [['X-Scope-OrgID', id]], remoteTimeout: timeout })
    const first = machine.run({
      ...settings({ ...tenant('a', 1000), writeRelabel: [] }, { ...tenant('b', 1000), writeRelabel: [] }),
    })
    await scrape(machine, first, 3)
    await first.stop()
    // Only b has samples of the second run.
    const second = machine.run(settings(tenant('b', 2000)))
    await scrape(machine, second, 3)
    await second.stop()
    machine.state.respond = WELL
    const third = machine.run(settings(tenant('b', 3000), tenant('a', 3000)))
    await machine.clock.advance(10_000)
    await third.stop()
    const sent = (id: string) =>
      machine.receiver.attempts
        .filter(
          ({ request, answer }) =>
            answer?.ok &&
            answer.status === 204 &&
            request.headers.some(([name, value]) => name === 'X-Scope-OrgID' && value === id),
        )
        .flatMap(({ series }) => series)
        .filter(({ labels }) => labels.get('__name__') === 'up').length
    expect([sent('a'), sent('b')]).toEqual([3, 6])
  })
})

describe('stopping', () => {
  it.each<[string, (machine: ReturnType<typeof createMachine>) => Respond]>([
    ['hangs', () => () => new Promise(() => undefined)],
    ['fails', () => DOWN],
    ['wants an hour', () => () => status(503, '', { 'retry-after': '3600' })],
    [
      'takes 2 s for each request',
      ({ clock }) =>
        () =>
          new Promise((resolve) => clock.wake(clock.monotonic() + 2000, () => resolve(status(204)))),
    ],
  ])('ends in time and keeps the rest when the receiver %s', async (_what, respond) => {
    const machine = createMachine()
    const first = machine.run(settings(endpoint({}, { maxShards: 1, maxSamplesPerSend: 2 })))
    machine.state.respond = respond(machine)
    await scrape(machine, first, 10)
    expect(await first.stop()).toBeLessThanOrEqual(4500)
    machine.state.respond = WELL
    const second = machine.run(settings(endpoint()))
    await machine.clock.advance(10_000)
    await second.stop()
    expect(new Set(times(machine.receiver))).toEqual(new Set(Array.from({ length: 10 }, (_, i) => i * 1000)))
  })

  it.each([0, 10])(
    'ends in time when the receiver hangs and after %i s the disk, and counts what is lost',
    async (works) => {
      const machine = createMachine()
      const rig = machine.run(settings(endpoint()))
      machine.state.respond = () => new Promise(() => undefined)
      await scrape(machine, rig, works)
      machine.state.hanging = true
      await scrape(machine, rig, 10)
      expect(await rig.stop()).toBeLessThanOrEqual(4500)
      expect(rig.logs.at(-1)).toMatchObject({ level: 'error', fields: { samples: 20 } })
      if (works > 0) expect(rig.logs.at(-2)).toMatchObject({ level: 'info', fields: { samples: 2 * works } })
    },
  )

  it('takes no time when nothing waits, not even right after the start', async () => {
    const { run } = createMachine()
    expect(await run(withWal({})).stop()).toBeLessThan(100)
  })

  it('waits only for the receiver when nothing is to be kept, and says what was lost', async () => {
    const machine = createMachine()
    const rig = machine.run(withWal({ persistence: 'off' }))
    await scrape(machine, rig, 10)
    const took = await rig.stop()
    expect(took).toBeGreaterThanOrEqual(2900)
    expect(took).toBeLessThanOrEqual(4500)
    expect(rig.logs.at(-1)).toMatchObject({ level: 'error', fields: { samples: 20 } })
  })
})

describe('an endpoint that is removed', () => {
  it('leaves on disk what it could not send, and goes on with it when it comes back', async () => {
    const machine = createMachine()
    const rig = machine.run(settings(endpoint()))
    await scrape(machine, rig, 10)
    rig.remoteWrite.update(settings())
    await machine.clock.advance(5000)
    expect(rig.logs.at(-1)).toMatchObject({ level: 'info', fields: { samples: 20, endpoint: 'one' } })
    machine.state.respond = WELL
    rig.remoteWrite.update(settings(endpoint({ remoteTimeout: 7 })))
    await scrape(machine, rig, 3)
    await rig.stop()
    const all = times(machine.receiver)
    expect(all).toHaveLength(13)
    expect(all).toEqual([...all].sort((a, b) => a - b))
  })

  it('has left its directory before it comes back to it', async () => {
    const machine = createMachine()
    const rig = machine.run(settings(endpoint()))
    const { clock } = machine
    machine.state.respond = () => new Promise((resolve) => clock.wake(clock.monotonic() + 8000, () => resolve(DOWN())))
    await scrape(machine, rig, 10)
    rig.remoteWrite.update(settings())
    rig.remoteWrite.update(settings(endpoint()))
    expect(rig.remoteWrite.places).toHaveLength(2)
    await scrape(machine, rig, 6)
    machine.state.respond = WELL
    await machine.clock.advance(60_000)
    expect(new Set(times(machine.receiver))).toEqual(new Set(Array.from({ length: 16 }, (_, i) => i * 1000)))
    expect(rig.remoteWrite.places).toHaveLength(1)
    await rig.stop()
  })
})
