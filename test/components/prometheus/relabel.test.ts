import { describe, expect, it } from 'vitest'
import { createWorld, handMadeBatch, handMadeSource, type World } from '../world.ts'

const SERIES = [
  { __name__: 'a', path: '/x' },
  { __name__: 'b', path: '/y' },
  { __name__: 'c', path: '/x' },
]

function config(rules: string, forwardTo = 'test.sink.default.receiver'): string {
  return `
prometheus.relabel "default" {
  forward_to = [${forwardTo}]
  ${rules}
}
test.source "default" { forward_to = [prometheus.relabel.default.receiver] }
test.sink "default" { }
test.sink "other" { }
`
}

const DROP_B = 'rule {\nsource_labels = ["__name__"]\nregex = "b"\naction = "drop"\n}'
const RENAME =
  'rule {\nsource_labels = ["path"]\ntarget_label = "route"\n}\nrule {\nregex = "path"\naction = "labeldrop"\n}'

async function relabelWorld(rules: string): Promise<World> {
  const world = createWorld()
  const loaded = await world.load(config(rules))
  if (!loaded.ok) throw new Error(loaded.text)
  return world
}

describe('prometheus.relabel', () => {
  it('rewrites and drops, and asks about each series once', async () => {
    const world = await relabelWorld(`${DROP_B}\n${RENAME}`)
    const source = handMadeSource(...SERIES)
    const sink = world.forwardTo()[0].open(source)
    for (const time of [1, 2, 3]) await sink.append(handMadeBatch(time, [10, 20, 30]))
    expect(world.received()).toEqual(
      [1, 2, 3].flatMap((timestamp) => [
        { series: '{__name__="a", route="/x"}', value: 10, timestamp },
        { series: '{__name__="c", route="/x"}', value: 30, timestamp },
      ]),
    )
    // The dropped one is asked about a second time by the sink behind, once.
    expect(source.asked).toBe(4)
    expect(world.metric('alloy_prometheus_relabel_metrics_processed')).toBe(9)
    expect(world.metric('alloy_prometheus_relabel_metrics_written')).toBe(6)
    expect(world.metric('prometheus_forwarded_samples_total')).toBe(6)
    expect(world.metric('alloy_prometheus_relabel_cache_misses')).toBe(3)
    expect(world.metric('alloy_prometheus_relabel_cache_hits')).toBe(6)
    expect(world.metric('alloy_prometheus_relabel_cache_size')).toBe(3)
    sink.close()
    expect(world.metric('alloy_prometheus_relabel_cache_size')).toBe(0)
    await world.stop()
    expect(world.metric('alloy_prometheus_relabel_cache_size')).toBeUndefined()
  })

  it('applies other rules from the next batch on, and other receivers too', async () => {
    const world = await relabelWorld(DROP_B)
    const sink = world.forwardTo()[0].open(handMadeSource(...SERIES))
    await sink.append(handMadeBatch(1, [1, 2, 3]))
    expect(world.received().map(({ value }) => value)).toEqual([1, 3])
    const receiver = world.forwardTo()[0]

    expect((await world.load(config(RENAME, 'test.sink.other.receiver'))).ok).toBe(true)
    expect(world.forwardTo()[0]).toBe(receiver)
    await sink.append(handMadeBatch(2, [1, 2, 3]))
    expect(world.received()).toEqual([])
    expect(world.received('other').map(({ series }) => series)).toEqual([
      '{__name__="a", route="/x"}',
      '{__name__="b", route="/y"}',
      '{__name__="c", route="/x"}',
    ])
    await world.stop()
  })

  it('exports its rules', async () => {
    const world = await relabelWorld(DROP_B)
    expect(world.exported('prometheus.relabel.default', 'rules')).toBe('capsule("RelabelRules")')
    expect(world.exported('prometheus.relabel.default', 'receiver')).toBe('Receiver of prometheus.relabel.default')
    await world.stop()
  })

  // Further arguments begin in line 4.
  it.each<[args: string, problem: string]>([
    ['max_cache_size = 0', '4:3: one of max_cache_size and cache_ttl must be greater than 0'],
    ['cache_ttl = "2m"', '4:3: max_cache_size and cache_ttl can not both be set | set max_cache_size = 0'],
    ['cache_ttl = "59s"\nmax_cache_size = 0', '4:3: cache_ttl must be at least 1m'],
    [
      'rule {\n  regex = "(a"\n  target_label = "b"\n}',
      '5:3: error parsing regexp: missing closing ): `(a` (at offset 0)',
    ],
    [
      'rule {\n  action = "hashmod"\n  target_label = "b"\n}',
      '4:3: relabel configuration for hashmod requires non-zero modulus',
    ],
    ['rule { target_label = "b-c" }', '4:10: "b-c" is invalid \'target_label\' for replace action'],
    [
      'rule {\n  action = "labeldrop"\n  source_labels = ["a"]\n}',
      "6:3: labeldrop action requires only 'regex', and no other fields",
    ],
  ])('refuses %s', async (args, problem) => {
    expect(await createWorld().problems(config(args))).toEqual([problem])
  })

  it('accepts the cache arguments that Alloy accepts', async () => {
    const world = await relabelWorld('max_cache_size = 0\ncache_ttl = "1m"')
    expect((await world.load(config('max_cache_size = 5'))).ok).toBe(true)
    await world.stop()
  })
})
