import { describe, expect, it } from 'vitest'
import { discoveryComponent } from '../../../core/components/discovery/discovering.ts'
import { IDENTITY, LIVE, SCRAPE } from '../../../core/components/lent.ts'
import type { Discovery, DiscoverySurroundings, Found, TargetGroup } from '../../../core/discovery/source.ts'
import { CodedError } from '../../../core/errors.ts'
import type { Component } from '../../../core/graph/component.ts'
import { provide, services } from '../../../core/graph/lent.ts'
import { MAX_DISCOVERED_TARGETS } from '../../../core/limits.ts'
import { createLive } from '../../../core/live/live.ts'
import { block } from '../../../core/syntax/schema.ts'
import type { Capsule } from '../../../core/syntax/value.ts'
import { createRegistry } from '../../../core/telemetry/registry.ts'
import { createSlices } from '../../../core/time/slices.ts'
import { createTimers } from '../../../core/time/timers.ts'
import { recordingLog } from '../../support/recording-log.ts'
import { fakePorts } from '../fake-ports.ts'

/** A source in the hands of the test. */
interface Hand {
  readonly name: string
  readonly surroundings: DiscoverySurroundings
  on: Found | undefined
  /** Whether it ended, and what lets it end once it was told to. */
  ended: boolean
  letEnd(): void
}

const group = (...addresses: string[]): TargetGroup => ({
  source: addresses.join(),
  labels: new Map([['job', 'x']]),
  targets: addresses.map((address) => new Map([['__address__', address]])),
})

function start(options: { readonly slowToEnd?: boolean } = {}) {
  const { ports, clock } = fakePorts()
  const hands: Hand[] = []
  const published: { at: number; targets: string[] }[] = []
  const health: string[] = []
  const registry = createRegistry()
  const log = recordingLog()
  const from = clock.monotonic()
  const slices = createSlices(clock)
  const definition = discoveryComponent<string>({
    name: 'discovery.toy',
    schema: block({}) as never,
    discovery(name, surroundings): Discovery {
      if (name === 'bad') throw new CodedError('config', 'this can not work')
      let letEnd = (): void => {}
      const end = new Promise<void>((resolve) => {
        letEnd = resolve
      })
      const hand: Hand = { name, surroundings, on: undefined, ended: false, letEnd }
      hands.push(hand)
      return {
        async run(signal, on) {
          hand.on = on
          if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
          if (options.slowToEnd) await end
          hand.ended = true
        },
      }
    },
  })
  const component = definition.build(
    {
      id: 'discovery.toy.default',
      log,
      metrics: registry,
      storagePath: '/data',
      ports,
      timers: createTimers(clock),
      services: services([
        provide(SCRAPE, { slices } as never),
        provide(IDENTITY, { userAgent: 'skein/test' } as never),
        provide(LIVE, createLive(clock, ports.random)),
      ]),
      shutdown: new AbortController().signal,
      publish(exports) {
        const { targets } = exports as { readonly targets: readonly Capsule<ReadonlyMap<string, string>>[] }
        const addresses = targets.map(({ content }) => content.get('__address__') ?? '')
        published.push({ at: clock.monotonic() - from, targets: addresses })
      },
      setHealth: (state, message) => health.push(`${state}: ${message}`),
    },
    'first',
  ) as Component<string>
  const abort = new AbortController()
  const lines = (name: string): string[] =>
    registry
      .expose()
      .split('\n')
      .filter((line) => line.startsWith(name))
  return {
    clock,
    slices,
    hands,
    published,
    health,
    log,
    component,
    lines,
    run: () => component.run(abort.signal),
    stop: () => abort.abort(),
    /** Of the source that runs. */
    on: () => hands.findLast(({ on }) => on !== undefined)?.on as Found,
  }
}

describe('a discovery component', () => {
  it('publishes none, then what was found first at once, then at its pace', async () => {
    const { clock, published, run, stop, on } = start()
    expect(published).toEqual([{ at: 0, targets: [] }])
    const running = run()
    await clock.advance(1_000)
    expect(published).toHaveLength(1)
    on().found([group('b:1', 'a:1')])
    await clock.advance(1_000)
    on().found([group('c:1')])
    await clock.advance(1_000)
    on().found([group('d:1')])
    await clock.advance(10_000)
    expect(published.slice(1)).toEqual([
      { at: 1_000, targets: ['a:1', 'b:1'] },
      { at: 6_000, targets: ['d:1'] },
    ])
    on().found([])
    await clock.advance(0)
    expect(published.at(-1)).toEqual({ at: 13_000, targets: [] })
    stop()
    await running
  })

  it('lets its source work in the slices that all share', () => {
    const { hands, slices } = start()
    expect(hands[0].surroundings.slices).toBe(slices)
  })

  it('stops one source wholly before the next begins; the targets stay meanwhile', async () => {
    const { clock, hands, published, component, run, stop, on } = start({ slowToEnd: true })
    const running = run()
    on().found([group('a:1')])
    await clock.settle()
    const old = on()
    component.update('second')
    component.update('third')
    await clock.settle()
    expect(hands.map(({ name, on }) => [name, on !== undefined])).toEqual([
      ['first', true],
      ['second', false],
      ['third', false],
    ])
    old.found([group('late:1')])
    old.failed('late')
    hands[0].letEnd()
    await clock.advance(10_000)
    expect(published.at(-1)?.targets).toEqual(['a:1'])
    on().found([group('b:1')])
    await clock.settle()
    expect(published.at(-1)?.targets).toEqual(['b:1'])
    expect(hands.map(({ on }) => on !== undefined)).toEqual([true, false, true])
    stop()
    hands[2].letEnd()
    await running
  })

  it('keeps its source when the arguments can not work', async () => {
    const { clock, hands, published, component, run, stop, on } = start()
    const running = run()
    await clock.settle()
    expect(() => component.update('bad')).toThrow('this can not work')
    on().found([group('a:1')])
    await clock.settle()
    expect(published.at(-1)?.targets).toEqual(['a:1'])
    expect(hands).toHaveLength(1)
    expect(hands[0].ended).toBe(false)
    stop()
    await running
    expect(hands[0].ended).toBe(true)
  })

  it('is unhealthy and says so once, until it finds targets again', async () => {
    const { clock, published, health, log, lines, component, run, stop, on } = start()
    const running = run()
    on().found([group('a:1')])
    on().failed('nobody answers')
    on().failed('nobody answers')
    await clock.settle()
    // Partly found, in two ways of telling it.
    on().found([group('a:1')], 'nobody answers')
    on().found([group('a:1')])
    on().failed('nobody answers')
    await clock.settle()
    expect(health.at(-1)).toBe('unhealthy: nobody answers')
    expect(health.filter((line) => line.startsWith('healthy'))).toEqual([])
    expect(log.messages()).toEqual(['looking for targets failed; those found last stay'])
    expect(component.debugInfo?.()).toEqual({ groups: 1, targets: 1, last_error: 'nobody answers' })
    expect(lines('prometheus_sd_refresh_failures_total')).toEqual([
      'prometheus_sd_refresh_failures_total{mechanism="toy"} 4',
    ])
    on().found([group('a:1', 'b:1')])
    await clock.advance(5_000)
    expect(health.at(-1)).toBe('healthy: found targets')
    expect(log.messages().at(-1)).toBe('looking for targets succeeded again')
    expect(published.at(-1)?.targets).toEqual(['a:1', 'b:1'])
    expect(component.debugInfo?.()).toEqual({ groups: 1, targets: 2, last_error: '' })
    stop()
    await running
  })

  it('counts what it finds, and how long it takes where that is told', async () => {
    const { lines, run, stop, on } = start()
    const running = run()
    on().found([group('a:1', 'b:1'), group('c:1')])
    expect(lines('prometheus_sd_discovered_targets')).toEqual(['prometheus_sd_discovered_targets 3'])
    expect(lines('prometheus_sd_refresh_duration_seconds')).toEqual([])
    on().looked?.(0.5)
    on().looked?.(2)
    expect(lines('prometheus_sd_refresh_duration_seconds_sum')).toEqual([
      'prometheus_sd_refresh_duration_seconds_sum{mechanism="toy"} 2.5',
    ])
    stop()
    await running
  })

  it('refuses more targets than it can hold, and keeps those it has', async () => {
    const { clock, published, health, run, stop, on } = start()
    const running = run()
    on().found([group('a:1')])
    await clock.settle()
    const many = { ...group(), targets: new Array(MAX_DISCOVERED_TARGETS).fill(new Map()) }
    on().found([many, group('a:1')])
    await clock.advance(5_000)
    expect(health.at(-1)).toContain('found 1000001 targets, more than the 1000000 of one component; split them up')
    expect(published.at(-1)?.targets).toEqual(['a:1'])
    stop()
    await running
  })

  it('publishes nothing after its end', async () => {
    const { clock, published, run, stop, on } = start()
    const running = run()
    on().found([group('a:1')])
    await clock.settle()
    on().found([group('b:1')])
    stop()
    await running
    await clock.advance(10_000)
    expect(published).toHaveLength(2)
  })
})
