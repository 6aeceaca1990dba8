/** The judge of the hand-over suite, by logs of which it is known what happened. */
import { describe, expect, it } from 'vitest'
import { judgeEvent, judgeTarget, type Scrape, type Window } from './support/slots.ts'

const WINDOW: Window = { from: 0, event: 3000, to: 10_000 }
const INTERVAL = 1000
/** Where a target's slots are. */
const PHASE = 300

type Slot = readonly [slot: number, node: string, late?: number]

const log = (slots: readonly Slot[], target = 0): Scrape[] =>
  slots.map(([slot, node, late = 0]) => ({ target, node, at: slot * INTERVAL + PHASE + late }))
const range = (from: number, to: number, node: string): Slot[] =>
  Array.from({ length: to - from + 1 }, (_, n) => [from + n, node] as const)
const judge = (slots: readonly Slot[]) => judgeTarget(log(slots), 0, WINDOW, INTERVAL)

describe('a target', () => {
  it('that nothing happened to', () => {
    expect(judge(range(0, 9, 'a'))).toEqual({
      target: 0,
      before: 'a',
      after: 'a',
      missed: 0,
      doubled: 0,
      changes: 0,
      resumed: undefined,
      flaws: [],
    })
  })

  it('that moved without a flaw', () => {
    expect(judge([...range(0, 3, 'a'), ...range(4, 9, 'b')])).toMatchObject({
      before: 'a',
      after: 'b',
      missed: 0,
      doubled: 0,
      changes: 1,
      resumed: 1300,
    })
  })

  it.each<[string, Slot[], { missed: number; doubled: number }]>([
    ['one slot that nobody took', [...range(0, 3, 'a'), ...range(5, 9, 'b')], { missed: 1, doubled: 0 }],
    ['four slots that nobody took', [...range(0, 2, 'a'), ...range(7, 9, 'b')], { missed: 4, doubled: 0 }],
    ['one slot that both took', [...range(0, 4, 'a'), ...range(4, 9, 'b')], { missed: 0, doubled: 1 }],
    ['three slots that both took', [...range(0, 6, 'a'), ...range(4, 9, 'b')], { missed: 0, doubled: 3 }],
    ['a slot that one node took twice', [...range(0, 9, 'a'), [5, 'a', 20]], { missed: 0, doubled: 1 }],
    ['one missed and one doubled', [...range(0, 3, 'a'), ...range(5, 9, 'b'), [7, 'a', 5]], { missed: 1, doubled: 1 }],
    ['a late scrape', [...range(0, 3, 'a'), [4, 'a', 400], ...range(5, 9, 'a')], { missed: 0, doubled: 0 }],
    [
      'one so late that its slot was missed',
      [...range(0, 3, 'a'), [4, 'a', 600], ...range(5, 9, 'a')],
      { missed: 1, doubled: 1 },
    ],
    ['the end of all scrapes', range(0, 4, 'a'), { missed: 5, doubled: 0 }],
    ['scrapes that began late', range(2, 9, 'a'), { missed: 1, doubled: 0 }],
    ['no scrape at all', [], { missed: 10, doubled: 0 }],
  ])('with %s', (_, slots, expected) => {
    expect(judge(slots)).toMatchObject(expected)
  })

  it('that was somewhere else in between', () => {
    expect(judge([...range(0, 3, 'a'), ...range(4, 5, 'b'), ...range(6, 9, 'a')])).toMatchObject({
      before: 'a',
      after: 'a',
      changes: 2,
    })
  })
})

describe('an event', () => {
  const calm = (target: number, node: string): Scrape[] => log(range(0, 9, node), target)

  it('is the sum of its targets', () => {
    const outcome = judgeEvent(
      [
        ...calm(0, 'a'),
        ...calm(1, 'b'),
        ...log([...range(0, 3, 'b'), ...range(4, 9, 'c')], 2),
        ...log([...range(0, 3, 'b'), ...range(6, 9, 'c')], 3),
        ...log([...range(0, 5, 'a'), ...range(5, 9, 'c')], 4),
      ],
      5,
      WINDOW,
      INTERVAL,
    )
    expect(outcome.moved.map(({ target }) => target)).toEqual([2, 3, 4])
    expect(outcome).toMatchObject({
      share: 0.6,
      missed: 2,
      doubled: 1,
      withMissed: 1,
      withDoubled: 1,
      disturbed: [],
      resumedMedian: 2300,
      resumedMax: 3300,
    })
  })

  it.each<[string, Scrape[]]>([
    ['misses a scrape', log([...range(0, 3, 'b'), ...range(5, 9, 'b')], 1)],
    ['has one twice', [...calm(1, 'b'), ...log([[6, 'a', 3]], 1)]],
    ['was taken and given back', log([...range(0, 3, 'b'), ...range(4, 6, 'a'), ...range(7, 9, 'b')], 1)],
  ])('disturbs an unmoved target that %s', (_, scrapes) => {
    const { disturbed, moved } = judgeEvent([...calm(0, 'a'), ...scrapes], 2, WINDOW, INTERVAL)
    expect(disturbed.map(({ target }) => target)).toEqual([1])
    expect(moved).toEqual([])
  })

  it('says of a target that nobody took over that it never resumed', () => {
    const outcome = judgeEvent([...log(range(0, 2, 'b')), ...calm(1, 'a')], 2, WINDOW, INTERVAL)
    expect(outcome).toMatchObject({ share: 0.5, missed: 7, resumedMax: Infinity, disturbed: [] })
  })

  it('counts only what is in its window', () => {
    const shifted = log(range(-10, 30, 'a')).concat(log([[20, 'b']]))
    expect(judgeEvent(shifted, 1, WINDOW, INTERVAL)).toMatchObject({ share: 0, disturbed: [] })
  })
})
