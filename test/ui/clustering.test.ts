import { describe, expect, it } from 'vitest'
import type { ClusterNodeRow } from '../../core/api/cluster.ts'
import { changeSentence } from '../../ui/pages/clustering-changes.ts'
import { matches, mostCommonHash } from '../../ui/pages/clustering-peers.ts'
import { toneOf, toneWords } from '../../ui/pages/queue-states.ts'
import { holdSentence } from '../../ui/values/holds.ts'
import { cluster } from './support/canned-cluster.ts'
import { queues } from './support/canned-queues.ts'
import { makeTargets, worksOf } from './support/canned-targets.ts'

const { peers } = cluster('troubled', worksOf(makeTargets(50)))

describe('peers', () => {
  it('are found by all words', () => {
    const names = (search: string): readonly string[] =>
      peers.filter((peer) => matches(peer, search)).map(({ name }) => name)
    expect(names('')).toHaveLength(4)
    expect(names('BUN')).toEqual(['skein-1'])
    expect(names('deno terminating')).toEqual(['skein-2'])
    expect(names('alloy')).toEqual(['skein-3'])
    expect(names('bun terminating')).toEqual([])
  })

  it('differ from what most of them have', () => {
    expect(mostCommonHash(peers)).toBe(peers[0].announced?.configHash)
    const none: readonly ClusterNodeRow[] = peers.map((peer) => ({ ...peer, announced: null }))
    expect(mostCommonHash(none)).toBeUndefined()
    expect(mostCommonHash([])).toBeUndefined()
  })
})

describe('changes', () => {
  const nobody = { at: '2026-01-01T00:00:00Z', participants: ['a'], joined: [], left: [], hold: null }

  it('are sentences', () => {
    expect(changeSentence({ ...nobody, joined: ['a', 'b'] })).toBe('a and b came.')
    expect(changeSentence({ ...nobody, left: ['c'] })).toBe('c went.')
    expect(changeSentence({ ...nobody, joined: ['a'], left: ['b'] })).toBe('a came, b went.')
    expect(changeSentence(nobody)).toBe('The work was shared anew.')
    expect(changeSentence({ ...nobody, participants: [] })).toBe('Nobody shares the work.')
    expect(changeSentence({ ...nobody, hold: { kind: 'joining' } })).toBe('The work was held back.')
  })

  it('say why work is held back', () => {
    expect(holdSentence({ kind: 'too-small', size: 1, minimum: 3 })).toContain('1 of the 3')
    expect(holdSentence({ kind: 'name-conflict', rival: '10.0.0.9:12345' })).toContain('10.0.0.9:12345')
    expect(holdSentence({ kind: 'joining' })).toContain('looking for its peers')
  })
})

describe('queues', () => {
  it('are well, slow or failing', () => {
    const [well] = queues('healthy').queues
    const seen = [
      well,
      { ...well, lagSeconds: 90 },
      { ...well, lastError: { at: '2026-01-01T00:00:00Z', text: 'no' } },
      { ...well, lagSeconds: 90, retryWaitSeconds: 3 },
      { ...well, disk: 'failing' as const },
    ]
    expect(seen.map(toneOf)).toEqual(['good', 'warn', 'warn', 'bad', 'bad'])
    expect(seen.map(toneWords)).toEqual(['delivers', 'behind', 'failing', 'failing', 'disk fails'])
  })
})
