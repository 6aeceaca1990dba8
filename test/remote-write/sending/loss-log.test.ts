import { describe, expect, it } from 'vitest'
import { NOTHING } from '../../../core/remote-write/block.ts'
import { createLossLog } from '../../../core/remote-write/sending/loss-log.ts'
import { createTimers } from '../../../core/time/timers.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { recordingLog } from '../../support/recording-log.ts'

describe('what a queue drops', () => {
  it('is told at once, then in sums by reason, and silence ends it', async () => {
    const clock = createFakeClock()
    const log = recordingLog()
    const losses = createLossLog('Lost.', log, createTimers(clock))
    for (let i = 0; i < 25; i++) {
      losses.lost({ ...NOTHING, samples: 2 }, 'queue_full')
      if (i === 3) losses.lost({ ...NOTHING, histograms: 1 }, 'corrupt')
      await clock.advance(1000)
    }
    expect(log.lines).toEqual([
      'warn Lost. {"samples":2,"reason":"queue_full"}',
      'warn Lost. {"histograms":1,"reason":"corrupt"}',
      'warn Lost. {"samples":18,"reason":"queue_full"}',
      'warn Lost. {"samples":20,"reason":"queue_full"}',
    ])
    losses.end()
    expect(log.lines.at(-1)).toBe('warn Lost. {"samples":10,"reason":"queue_full"}')
    await clock.advance(60_000)
    expect(log.lines).toHaveLength(5)
  })
})
