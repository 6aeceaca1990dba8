import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HANDOVER_DELAY_MS, MAX_NAMES_LOOKED_BACK, MAX_SHARE_RECORDS } from '../../core/limits.ts'
import { createShareHistory } from '../../core/ownership/history.ts'
import { createShares } from '../../core/ownership/shares.ts'
import { createLookingBack, heldSince, type OwnerChange } from '../../core/ownership/since.ts'
import type { Hold, ShareRecord, Shares } from '../../core/ownership/types.ts'
import { buildRing } from '../../core/ring/build.ts'
import { textKey } from '../../core/ring/keys.ts'
import type { Ring } from '../../core/ring/types.ts'
import type { Slices } from '../../core/time/slices.ts'
import { createTimers } from '../../core/time/timers.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const JOINING: Hold = { kind: 'joining' }
const SELF = 'b'

const atOnce: Slices = {
  async run(work) {
    for (;;) {
      const step = work.next()
      if (step.done) return step.value
    }
  },
}

const rings = new Map<string, Ring>()

/** The same names come again and again. */
function ringOf(names: readonly string[]): Ring {
  const id = [...names].sort().join('\n')
  let ring = rings.get(id)
  if (ring === undefined) rings.set(id, (ring = buildRing(names)))
  return ring
}

function sharesOf(names: readonly string[], hold?: Hold, version = 1): Shares {
  return { clustered: true, self: SELF, ring: ringOf(names), hold, version }
}

function keyOf(text: string): { readonly hi: number; readonly lo: number } {
  const key = new Uint32Array(2)
  textKey(text, key, 0)
  return { hi: key[0], lo: key[1] }
}

function ownerIn(
  participants: readonly string[],
  key: { readonly hi: number; readonly lo: number },
): string | undefined {
  return ringOf(participants).owners(key, 1)[0]
}

function recorded(...divisions: readonly (readonly [participants: string, hold?: Hold])[]): readonly ShareRecord[] {
  const history = createShareHistory()
  divisions.forEach(([names, hold], i) => {
    history.note(sharesOf(names.split('').sort(), hold, i), 1000 * i)
  })
  return history.records()
}

describe('the history of shares', () => {
  it('keeps what took effect, and one record for what divides alike', () => {
    const records = recorded(['', JOINING], ['ab', JOINING], ['ab', JOINING], ['ab'], ['abc'], ['abc'])
    expect(
      records.map(({ at, participants, hold, version }) => [at, participants.join(''), hold?.kind, version]),
    ).toEqual([
      [0, '', 'joining', 0],
      [1000, 'ab', 'joining', 1],
      [3000, 'ab', undefined, 3],
      [4000, 'abc', undefined, 4],
    ])
  })

  it('tells by the wall clock from when on shares held, also when they were ready too late', async () => {
    const clock = createFakeClock({ now: Date.UTC(2026, 0, 1) })
    const timers = createTimers(clock)
    let names = ['a', SELF]
    let listener = (): void => undefined
    const shares = createShares({
      cluster: {
        peers: () =>
          names.map((name) => ({
            name,
            address: '10.0.0.1:1',
            state: 'participant',
            self: name === SELF,
            suspect: false,
            meta: undefined,
          })),
        hold: () => undefined,
        onChange: (wanted) => {
          listener = wanted
          return () => undefined
        },
      },
      clock,
      timers,
      slices: {
        async run(work) {
          await timers.sleep(HANDOVER_DELAY_MS + 300)
          return atOnce.run(work)
        },
      },
      self: SELF,
    })
    await clock.advance(10_000)
    names = ['a', SELF, 'c']
    listener()
    await clock.advance(2_000)
    expect(shares.history().map(({ at, participants }) => [new Date(at).toISOString(), participants.join('')])).toEqual(
      [
        ['2026-01-01T00:00:00.000Z', ''],
        ['2026-01-01T00:00:00.000Z', 'ab'],
        ['2026-01-01T00:00:10.500Z', 'abc'],
      ],
    )
    expect(shares.history()).toBe(shares.history())
  })

  it('is bounded, and what was handed out stays as it is', () => {
    const history = createShareHistory()
    history.note(sharesOf(['a']), 1)
    const first = history.records()
    for (let i = 0; i < 2 * MAX_SHARE_RECORDS; i++) history.note(sharesOf(i % 2 === 0 ? ['b'] : ['a']), 10 + i)
    expect(history.records()).toHaveLength(MAX_SHARE_RECORDS)
    expect(history.records()[0].at).toBe(10 + MAX_SHARE_RECORDS)
    expect(first).toHaveLength(1)
  })
})

describe("since when a key is its owner's", () => {
  const since = async (records: readonly ShareRecord[], key = keyOf('x')): Promise<OwnerChange> =>
    createLookingBack(SELF, atOnce).ownedSince(key, records)

  it('is not known without a history, and not when it was so all the time', async () => {
    expect(await since([])).toEqual({
      at: undefined,
      known: undefined,
      owner: undefined,
      before: undefined,
      joined: [],
      left: [],
    })
    expect(await since(recorded(['a'], ['a', JOINING]))).toMatchObject({ at: undefined, known: 0, owner: 'a' })
  })

  it('is not when this node found the others there, but when it came itself', async () => {
    expect(await since(recorded(['', JOINING], ['ac', JOINING]))).toMatchObject({ at: undefined, known: 1000 })
    expect(await since(recorded(['', JOINING], ['b']))).toEqual({
      at: 1000,
      known: 1000,
      owner: 'b',
      before: undefined,
      joined: ['b'],
      left: [],
    })
  })

  it('goes back to when everybody had left', async () => {
    expect(await since(recorded(['b'], [''], ['', JOINING]))).toMatchObject({
      at: 1000,
      owner: undefined,
      before: 'b',
      left: ['b'],
    })
  })

  it('is what a replay of everything shows, and those named are who did it, and no others', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'ü', '\u{1f600}']
    const division = fc.record({
      participants: fc.subarray(names),
      hold: fc.option(fc.constant(JOINING), { nil: undefined }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(division, { minLength: 1, maxLength: 12 }),
        fc.array(fc.string(), { minLength: 1, maxLength: 6 }),
        async (divisions, texts) => {
          const history = createShareHistory()
          for (const [i, { participants, hold }] of divisions.entries()) {
            history.note(sharesOf(participants, hold, i), 10 * i)
          }
          const lookingBack = createLookingBack(SELF, atOnce)
          for (const text of texts) {
            const key = keyOf(text)
            const found = await lookingBack.ownedSince(key, history.records())

            let owner: string | undefined
            let before: string | undefined
            let at: number | undefined
            let change: readonly [readonly string[], readonly string[]] = [[], []]
            divisions.forEach(({ participants }, i) => {
              const next = ownerIn(participants, key)
              if (i > 0 && next !== owner) {
                const { participants: previous, hold } = divisions[i - 1]
                const isKnown = previous.length > 0 || hold === undefined || participants.every((name) => name === SELF)
                ;[at, before, change] = isKnown
                  ? [10 * i, owner, [previous, participants]]
                  : [undefined, undefined, [[], []]]
              }
              owner = next
            })
            expect(found).toMatchObject({ at, owner, before })

            if (at === undefined) {
              expect([found.joined, found.left]).toEqual([[], []])
              continue
            }
            const [previous, participants] = change
            const outcome = (joined: readonly string[], left: readonly string[]): string | undefined =>
              ownerIn([...previous.filter((name) => !left.includes(name)), ...joined], key)
            expect(outcome(found.joined, found.left)).toBe(owner)
            for (const name of [...found.joined, ...found.left]) {
              expect(previous.includes(name) !== participants.includes(name)).toBe(true)
              const without = (list: readonly string[]): string[] => list.filter((other) => other !== name)
              expect(outcome(without(found.joined), without(found.left))).not.toBe(owner)
            }
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it("looks back as far as there aren't too many names", async () => {
    const history = createShareHistory()
    const crowd = Array.from({ length: MAX_NAMES_LOOKED_BACK }, (_, i) => `n${i}`)
    history.note({ ...sharesOf([]), ring: { ...buildRing([]), names: crowd } }, 1)
    history.note(sharesOf(['z']), 2)
    expect(await since(history.records())).toMatchObject({ at: undefined, known: 2, owner: 'z' })
  })
})

describe('since when a node is held back', () => {
  it('is when that kind of hold began, or ended', () => {
    const small = (size: number): Hold => ({ kind: 'too-small', size, minimum: 3 })
    expect(heldSince([])).toEqual({ hold: undefined, at: undefined, before: undefined })
    expect(heldSince(recorded(['', JOINING], ['a', JOINING]))).toMatchObject({ hold: JOINING, at: undefined })
    const records = recorded(['', JOINING], ['ab', small(2)], ['b', small(1)])
    expect(heldSince(records)).toEqual({ hold: small(1), at: 1000, before: JOINING })
    expect(heldSince(recorded(['ab', small(2)], ['abc'], ['abcd']))).toMatchObject({
      hold: undefined,
      at: 1000,
      before: small(2),
    })
  })
})
