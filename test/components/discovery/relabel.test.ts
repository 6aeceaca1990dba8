import { describe, expect, it } from 'vitest'
import { createWorld } from '../world.ts'

const ID = 'discovery.relabel.default'

function config(targets: string, rules: string): string {
  return `discovery.relabel "default" {\ntargets = ${targets}\n${rules}\n}`
}

const THROUGH_TMP = `
rule {
  source_labels = ["__meta_zone", "__meta_rack"]
  separator     = "-"
  target_label  = "__tmp_place"
}
rule {
  source_labels = ["__tmp_place"]
  target_label  = "place"
}
rule {
  regex  = "__tmp_.+"
  action = "labeldrop"
}`

describe('discovery.relabel', () => {
  it('rewrites targets, with labels of its own in between', async () => {
    const world = createWorld()
    await world.load(config('[{ "__address__" = "a", "__meta_zone" = "z", "__meta_rack" = "7" }]', THROUGH_TMP))
    expect(world.exported(ID, 'output')).toEqual([
      { __address__: 'a', __meta_zone: 'z', __meta_rack: '7', place: 'z-7' },
    ])
    await world.stop()
  })

  it('drops targets that a rule drops, and those without any label left', async () => {
    const world = createWorld()
    const targets = '[{ "x" = "1" }, { "x" = "2" }, { "y" = "1" }]'
    const rules =
      'rule {\nsource_labels = ["x"]\nregex = "2"\naction = "drop"\n}\nrule {\nregex = "y"\naction = "labeldrop"\n}'
    await world.load(config(targets, rules))
    expect(world.exported(ID, 'output')).toEqual([{ x: '1' }])
    await world.stop()
  })

  it('exports anew when targets or rules change, and what it feeds follows', async () => {
    const world = createWorld()
    const chain = (value: string): string =>
      `discovery.relabel "second" { targets = discovery.relabel.default.output }\n${config(`[{ "x" = "${value}" }]`, '')}`
    await world.load(chain('1'))
    expect(world.exported('discovery.relabel.second', 'output')).toEqual([{ x: '1' }])
    await world.load(chain('2'))
    expect(world.exported('discovery.relabel.second', 'output')).toEqual([{ x: '2' }])
    await world.load(config('[{ "x" = "2" }]', 'rule {\ntarget_label = "z"\nreplacement = "3"\n}'))
    expect(world.exported(ID, 'output')).toEqual([{ x: '2', z: '3' }])
    expect(world.exported(ID, 'rules')).toBe('capsule("RelabelRules")')
    await world.stop()
  })

  it('points at the regex that is wrong', async () => {
    const problems = await createWorld().problems(config('[]', 'rule {\n  target_label = "x"\n  regex = "a**"\n}'))
    expect(problems).toEqual([expect.stringMatching(/^5:3: error parsing regexp: invalid nested repetition operator/)])
  })

  it('says which of the targets is none', async () => {
    expect(await createWorld().problems(config('[{ }, 5]', ''))).toEqual(['2:17: 5 should be object, got number'])
  })
})
