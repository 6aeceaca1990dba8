/** Which families an endpoint of 1.0 tells its receiver, and when. */
import { describe, expect, it } from 'vitest'
import { MAX_FAMILIES, MAX_FAMILY_CHARACTERS } from '../../../core/limits.ts'
import { type Block, NOTHING } from '../../../core/remote-write/block.ts'
import type { MetadataConfig } from '../../../core/remote-write/config.ts'
import { createFamilies } from '../../../core/remote-write/sending/families.ts'
import type { Metadata } from '../../../core/series/metadata.ts'

const SETTINGS: MetadataConfig = { send: true, sendInterval: 60_000, maxSamplesPerSend: 3 }

function family(name: string, help = 'Help.'): Metadata {
  return { family: name, type: 1, help, unit: '' }
}

function start(settings: Partial<MetadataConfig> = {}) {
  const state = { now: 0, learned: 0 }
  const described = new Map<Block, readonly Metadata[]>()
  const families = createFamilies(
    () => ({ ...SETTINGS, ...settings }),
    (all) => {
      const block = { counts: { ...NOTHING, metadata: all.length } } as Block
      described.set(block, all)
      return block
    },
    { learned: () => state.learned++ },
    () => state.now,
  )
  /** Names of the families of each request that waits, all of them done afterwards. */
  function told(): string[] {
    const requests: string[] = []
    for (let block = families.peek(); block !== undefined; block = families.peek()) {
      requests.push((described.get(block) ?? []).map(({ family }) => family).join())
      families.done(block)
    }
    return requests
  }
  return { families, state, described, told }
}

describe('families', () => {
  it('are told in requests of max_samples_per_send, once they are planned', () => {
    const { families, told, state } = start()
    for (const name of 'abcdefga') families.learn(family(name))
    expect(told()).toEqual([])
    families.plan()
    expect(told()).toEqual(['a,b,c', 'd,e,f', 'g'])
    expect(state.learned).toBe(7)
    families.plan()
    expect(told()).toEqual([])
  })

  it('are told alone when they are new or changed, and all together at intervals', () => {
    const { families, told, state } = start()
    for (const name of 'ab') families.learn(family(name))
    families.plan()
    expect(told()).toEqual(['a,b'])
    families.learn(family('c'))
    families.learn(family('a', 'Other help.'))
    families.learn(family('b'))
    families.plan()
    expect(told()).toEqual(['c,a'])
    state.now = 59_999
    families.plan()
    expect(told()).toEqual([])
    state.now = 60_000
    families.plan()
    expect(told()).toEqual(['b,c,a'])
  })

  it('wait in one round at most; what is learned meanwhile comes in the next', () => {
    const { families, told, state } = start()
    families.learn(family('a'))
    families.plan()
    const first = families.peek()
    for (let i = 0; i < 100; i++) {
      state.now += 60_000
      families.learn(family('a', `help ${i}`))
      families.plan()
      expect(families.peek()).toBe(first)
    }
    expect(told()).toEqual(['a'])
    families.plan()
    expect(told()).toEqual(['a'])
  })

  it('are not told when they are not to be sent, and are forgotten when told to', () => {
    const silent = start({ send: false })
    silent.families.learn(family('a'))
    silent.families.plan()
    expect(silent.told()).toEqual([])

    const { families, told } = start()
    families.learn(family('a'))
    families.plan()
    const under = families.peek() as Block
    families.forget()
    families.learn(family('b'))
    families.plan()
    families.done(under)
    expect(told()).toEqual(['b'])
  })

  it('have bounds: the first learned give way, and a request is never long', () => {
    const { families, described, told } = start({ maxSamplesPerSend: 1_000_000 })
    for (let i = 0; i < MAX_FAMILIES + 10; i++) families.learn(family(`f${i}`, ''))
    families.plan()
    expect(told().join().split(',')).toHaveLength(MAX_FAMILIES)

    const long = start({ maxSamplesPerSend: 1_000_000 })
    long.families.learn(family('endless', 'x'.repeat(MAX_FAMILY_CHARACTERS)))
    for (let i = 0; i < 100; i++) long.families.learn(family(`f${i}`, 'x'.repeat(MAX_FAMILY_CHARACTERS / 50)))
    long.families.plan()
    const requests = long.told()
    expect(requests.length).toBeGreaterThan(5)
    const names = requests.join().split(',')
    expect(names).not.toContain('endless')
    expect(names.length).toBeLessThanOrEqual(50)
    expect(names.at(-1)).toBe('f99')
    for (const all of [...described.values(), ...long.described.values()]) {
      expect(all.reduce((sum, { help }) => sum + help.length, 0)).toBeLessThan(700_000)
    }
  })
})
