import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_LOG_KIND_CHARACTERS, MAX_LOG_KINDS } from '../../core/limits.ts'
import { createLogOutput, type LogOutput } from '../../core/telemetry/log-format.ts'
import { createTimers } from '../../core/time/timers.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'

interface World extends LogOutput {
  readonly clock: FakeClock
  /** Without their times. */
  readonly lines: string[]
}

function world(): World {
  const clock = createFakeClock()
  const lines: string[] = []
  const write = (line: string): void => void lines.push(line.replace(/^ts=\S+ /, '').trimEnd())
  const output = createLogOutput(() => clock.now(), write, { clock, timers: createTimers(clock) })
  return { clock, lines, ...output }
}

function times(count: number, act: (at: number) => void): void {
  for (let at = 0; at < count; at++) act(at)
}

describe('a line that comes again and again', () => {
  it('is written five times, then summed up when ten seconds are over', async () => {
    const { clock, lines, logger } = world()
    times(100, () => logger.warn('scrape failed', { err: 'refused' }))
    expect(lines).toEqual(Array(5).fill('level=warn msg="scrape failed" err=refused'))
    lines.length = 0
    await clock.advance(9_999)
    expect(lines).toEqual([])
    await clock.advance(1)
    expect(lines).toEqual(['level=warn msg="scrape failed" err=refused repeated=95'])
  })

  it('is summed up every ten seconds as long as it goes on, and is written at once when it has calmed down', async () => {
    const { clock, lines, logger } = world()
    for (let second = 0; second < 60; second++) {
      times(10, () => logger.error('it broke'))
      await clock.advance(1_000)
    }
    expect(lines.filter((line) => !line.includes('repeated'))).toHaveLength(5)
    expect(lines.filter((line) => line.includes('repeated'))).toHaveLength(6)
    lines.length = 0
    await clock.advance(60_000)
    expect(lines).toEqual([])
    expect(clock.pending).toBe(0)
    logger.error('it broke')
    expect(lines).toEqual(['level=error msg="it broke"'])
  })

  it('is the same when only its numbers differ; the sum has the last ones', async () => {
    const { clock, lines, logger } = world()
    times(8, (attempt) => logger.with({ url: 'a' }).warn('trying again', { attempt, wait_ms: 30 * attempt }))
    await clock.advance(10_000)
    expect(lines).toHaveLength(6)
    expect(lines[5]).toBe('level=warn msg="trying again" url=a attempt=7 wait_ms=210 repeated=3')
  })

  it.each([
    ['level', (log: World['logger']) => log.warn('m', { err: 'x' })],
    ['message', (log: World['logger']) => log.error('n', { err: 'x' })],
    ['text', (log: World['logger']) => log.error('m', { err: 'y' })],
    ['name of a field', (log: World['logger']) => log.error('m', { error: 'x' })],
    ['fields', (log: World['logger']) => log.error('m', { err: 'x', again: true })],
    ['constant field', (log: World['logger']) => log.with({ component_id: 'c' }).error('m', { err: 'x' })],
    ['name of a number', (log: World['logger']) => log.error('m', { err: 'x', wait: 404 })],
    ['status', (log: World['logger']) => log.error('m', { err: 'x', status: 500 })],
  ])('never hides one of another %s', (_, act) => {
    const { lines, logger } = world()
    times(50, () => logger.error('m', { err: 'x' }))
    times(50, () => logger.error('m', { err: 'x', status: 404 }))
    lines.length = 0
    act(logger)
    expect(lines).toHaveLength(1)
  })

  it('is the same whatever texts those send who are told to be its cause', async () => {
    const { clock, lines, logger } = world()
    times(7, () => logger.error('another kind'))
    times(2 * MAX_LOG_KINDS, (at) =>
      logger.info('refused', { path: `/${at}`, remote_addr: `192.0.2.7:${at}`, err: `"${at}" is not known` }),
    )
    times(2, () => logger.info('refused', { path: '/0' }))
    expect(lines.filter((line) => line.includes('refused'))).toHaveLength(5 + 2)
    lines.length = 0
    await clock.advance(10_000)
    expect(lines).toEqual([
      'level=error msg="another kind" repeated=2',
      `level=info msg=refused path=/1023 remote_addr=192.0.2.7:1023 err="\\"1023\\" is not known" repeated=${2 * MAX_LOG_KINDS - 5}`,
    ])
  })

  it('is always written at level debug, and when it is very long', () => {
    const { lines, logger, configure } = world()
    configure('debug', 'logfmt')
    times(50, () => logger.debug('each of them'))
    times(50, () => logger.error('x'.repeat(MAX_LOG_KIND_CHARACTERS)))
    expect(lines).toHaveLength(100)
  })

  it('is told before the process ends', async () => {
    const { clock, lines, logger, flush } = world()
    times(7, () => logger.error('a'))
    times(6, () => logger.info('b'))
    times(2, () => logger.info('c'))
    lines.length = 0
    flush()
    expect(lines).toEqual(['level=error msg=a repeated=2', 'level=info msg=b repeated=1'])
    flush()
    await clock.advance(20_000)
    expect(lines).toHaveLength(2)
    logger.error('a')
    expect(lines).toHaveLength(3)
  })

  it('is summed up in the format and at the level of that moment', async () => {
    const { clock, lines, logger, configure } = world()
    times(10, () => logger.info('a'))
    times(10, () => logger.error('b', { url: 'http://me:secret@x/' }))
    lines.length = 0
    configure('error', 'json')
    await clock.advance(10_000)
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0])).toMatchObject({ level: 'error', msg: 'b', url: 'http://me:xxxxx@x/', repeated: 5 })
  })

  it('is told when too many kinds are remembered', () => {
    const { lines, logger } = world()
    times(7, () => logger.error('the first'))
    times(MAX_LOG_KINDS - 1, (at) => logger.error(`kind ${at}`))
    expect(lines.filter((line) => line.includes('repeated'))).toEqual([])
    logger.error('one more')
    expect(lines.slice(-2)).toEqual(['level=error msg="the first" repeated=2', 'level=error msg="one more"'])
  })

  it('loses nothing, delays nothing for longer than ten seconds, and never floods: whatever comes when', async () => {
    const step = fc.record({
      kind: fc.constantFrom('a', 'b', 'c'),
      count: fc.integer({ min: 1, max: 40 }),
      pauseMs: fc.integer({ min: 0, max: 6_000 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { clock, lines, logger, flush } = world()
        const said = (kind: string): number[] =>
          lines
            .filter((line) => line.startsWith(`level=warn msg=${kind} `))
            .map((line) => Number(/repeated=(\d+)/.exec(line)?.[1] ?? 1))
        const sum = (kind: string): number => said(kind).reduce((all, each) => all + each, 0)
        const logged = new Map<string, { at: number; total: number }[]>()
        const start = clock.monotonic()
        for (const { kind, count, pauseMs } of steps) {
          times(count, (n) => logger.warn(kind, { n }))
          const before = logged.get(kind) ?? []
          logged.set(kind, [...before, { at: clock.monotonic(), total: (before.at(-1)?.total ?? 0) + count }])
          await clock.advance(pauseMs)
          for (const [each, history] of logged) {
            const due = history.filter(({ at }) => at <= clock.monotonic() - 10_000).at(-1)?.total ?? 0
            expect(sum(each)).toBeGreaterThanOrEqual(due)
          }
        }
        const windows = Math.floor((clock.monotonic() - start) / 10_000) + 1
        for (const kind of logged.keys()) expect(said(kind).length).toBeLessThanOrEqual(windows * 6)
        flush()
        for (const [kind, history] of logged) expect(sum(kind)).toBe(history.at(-1)?.total)
      }),
      { numRuns: 60 },
    )
  })
})
