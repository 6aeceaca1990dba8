import { describe, expect, it } from 'vitest'
import { unwritten, writtenBy } from '../../../core/remote-write/sending/written.ts'

const PREFIX = 'x-prometheus-remote-write-'

function answer(headers: Record<string, string>) {
  return { header: (name: string) => headers[name] }
}

describe('what a receiver says it wrote', () => {
  it('is nothing at all without the headers, and when they hold no numbers', () => {
    expect(writtenBy(answer({}))).toBeUndefined()
    for (const text of ['', 'many', '-1', '1.5', '1e3', '9'.repeat(400), '1, 2']) {
      expect(writtenBy(answer({ [`${PREFIX}samples-written`]: text }))).toBeUndefined()
    }
  })

  it('is 0 of the kinds that are not mentioned', () => {
    const headers = { [`${PREFIX}samples-written`]: ' 7 ', [`${PREFIX}exemplars-written`]: '2' }
    expect(writtenBy(answer(headers))).toEqual({ samples: 7, histograms: 0, exemplars: 2, metadata: 0 })
  })

  it('leaves the difference unwritten, and never less than nothing', () => {
    const sent = { samples: 10, histograms: 3, exemplars: 1, metadata: 0 }
    expect(unwritten(sent, sent)).toBeUndefined()
    expect(unwritten(sent, { samples: 99, histograms: 3, exemplars: 1, metadata: 0 })).toBeUndefined()
    expect(unwritten(sent, { samples: 4, histograms: 9, exemplars: 0, metadata: 0 })).toEqual({
      samples: 6,
      histograms: 0,
      exemplars: 1,
      metadata: 0,
    })
  })
})
