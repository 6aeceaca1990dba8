import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LabelTexts, RelabelStage } from '../../core/api/targets.ts'
import { relabelStage, scrapeStage } from '../../core/fleet/relabel-stage.ts'
import { createTracing, type Tracing } from '../../core/fleet/relabel-trace.ts'
import type { TargetRelabelling } from '../../core/fleet/reports.ts'
import { type Labels, labelsFromMap, labelsToMap } from '../../core/labels/labels.ts'
import { type CompiledRule, compileRules, type RelabelRuleInput, relabel } from '../../core/labels/relabel.ts'
import type { TargetLabels } from '../../core/ownership/distribute.ts'
import { buildTarget } from '../../core/scrape/target.ts'
import type { Slices } from '../../core/time/slices.ts'
import { scrapeConfig } from '../support/scrape-config.ts'

function rulesOf(...inputs: RelabelRuleInput[]): readonly CompiledRule[] {
  const result = compileRules(inputs)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.rules
}

function target(labels: Record<string, string>): TargetLabels {
  return new Map(Object.entries(labels))
}

/** Changes of all steps applied to the input one after the other: what people make of a stage when they read it. */
function read({ input, steps }: RelabelStage): LabelTexts {
  const labels = new Map(Object.entries(input))
  for (const { changes } of steps) {
    for (const { label, before, after } of changes) {
      expect(labels.get(label) ?? null).toBe(before)
      if (after === null) labels.delete(label)
      else labels.set(label, after)
    }
  }
  return Object.fromEntries(labels)
}

const SCRAPE = 'prometheus.scrape.x'

const names = fc.constantFrom('__address__', '__meta_a', '__meta_b', 'job', 'instance', 'ü', 'zone', '__param_q')
const values = fc.constantFrom('a', 'b', 'ab', 'Web-1', 'ß', '10.0.0.1:80', '\u{1f600}', '')
const targets = fc.dictionary(names, values, { noNullPrototype: true }).map(target)
const rules = fc
  .array(
    fc.oneof<fc.Arbitrary<RelabelRuleInput>[]>(
      fc.record({
        sourceLabels: fc.array(names, { maxLength: 2 }),
        regex: fc.constantFrom('(.*)', '(a).*', '.+', 'b', '(.*);(.*)'),
        targetLabel: fc.constantFrom('zone', 'job', '__address__', 'place'),
        replacement: fc.constantFrom('$1', 'x', '', '$1-$2'),
      }),
      fc.record({
        action: fc.constantFrom('keep', 'drop'),
        sourceLabels: fc.array(names, { maxLength: 2 }),
        regex: fc.constantFrom('.*', 'a.*', '', 'Web-1'),
      }),
      fc.record({
        action: fc.constantFrom('labeldrop', 'labelkeep'),
        regex: fc.constantFrom('__.*', 'job', '.*', 'zone'),
      }),
      fc.record({
        action: fc.constant('labelmap'),
        regex: fc.constant('__meta_(.+)'),
        replacement: fc.constant('m_$1'),
      }),
      fc.record({
        action: fc.constantFrom('lowercase', 'uppercase', 'keepequal', 'dropequal'),
        sourceLabels: fc.tuple(names),
        targetLabel: fc.constantFrom('zone', 'job'),
      }),
    ),
    { maxLength: 5 },
  )
  .map((inputs) => rulesOf(...inputs))

describe('a stage of relabelling', () => {
  it('tells what each rule did', () => {
    const stage = relabelStage(
      'discovery.relabel.pods',
      target({ __address__: '10.0.0.7:80', __meta_pod: 'web-1' }),
      rulesOf(
        { sourceLabels: ['__meta_pod'], targetLabel: 'pod' },
        { sourceLabels: ['__meta_none'], regex: '(.+)', targetLabel: 'pod' },
        { action: 'labeldrop', regex: '__meta_.*' },
      ),
    )
    expect(stage).toEqual({
      component: 'discovery.relabel.pods',
      input: { __address__: '10.0.0.7:80', __meta_pod: 'web-1' },
      steps: [
        {
          rule: 'replace [__meta_pod] (.*) -> pod = $1',
          changes: [{ label: 'pod', before: null, after: 'web-1' }],
          dropped: false,
        },
        { rule: 'replace [__meta_none] (.+) -> pod = $1', changes: [], dropped: false },
        {
          rule: 'labeldrop __meta_.*',
          changes: [{ label: '__meta_pod', before: 'web-1', after: null }],
          dropped: false,
        },
      ],
      output: { __address__: '10.0.0.7:80', pod: 'web-1' },
    })
  })

  it('ends where a target is dropped, by a rule or because it has no label left', () => {
    const input = target({ a: '1' })
    const kept = relabelStage(
      'r',
      input,
      rulesOf({ action: 'keep', sourceLabels: ['a'], regex: '2' }, { targetLabel: 'b' }),
    )
    expect(kept).toMatchObject({ output: null, steps: [{ rule: 'keep [a] 2', changes: [], dropped: true }] })
    const emptied = relabelStage('r', input, rulesOf({ action: 'labeldrop', regex: '.*' }))
    expect(emptied).toMatchObject({ output: null, steps: [{ dropped: true, changes: [{ label: 'a', after: null }] }] })
    expect(relabelStage('r', new Map(), [])).toMatchObject({ output: null, steps: [] })
  })

  it('comes to what the rules come to, whatever they are', () => {
    fc.assert(
      fc.property(targets, rules, (labels, some) => {
        const stage = relabelStage('r', labels, some)
        const real = relabel(labelsFromMap(labels), some)
        expect(stage.output).toEqual(real === undefined ? null : Object.fromEntries(labelsToMap(real)))
        expect(stage.steps.some(({ dropped }) => dropped)).toBe(real === undefined && some.length > 0)
        const visible = Object.fromEntries(labelsToMap(labelsFromMap(labels)))
        if (stage.output !== null) expect(read({ ...stage, input: visible })).toEqual(stage.output)
      }),
      { numRuns: 300 },
    )
  })

  it('shows no passwords', () => {
    const stage = relabelStage(
      'r',
      target({ a: 'http://u:secret@h/' }),
      rulesOf({ sourceLabels: ['a'], targetLabel: 'b' }, { targetLabel: 'c', replacement: 'http://u:secret@h/' }),
    )
    expect(JSON.stringify(stage)).not.toContain('secret')
    expect(stage.output).toEqual({ a: 'http://u:xxxxx@h/', b: 'http://u:xxxxx@h/', c: 'http://u:xxxxx@h/' })
    const scraped = scrapeStage(SCRAPE, target({ __address__: 'http://u:secret@h/' }), scrapeConfig())
    expect(JSON.stringify(scraped)).not.toContain('secret')
  })
})

describe('the stage of the scrape', () => {
  it('tells what is filled in and what is taken away', () => {
    const config = scrapeConfig({ jobName: 'web', params: { q: ['1'] } })
    const stage = scrapeStage(SCRAPE, target({ __address__: 'h:1', __meta_a: 'x', zone: 'z', none: '' }), config)
    expect(stage.output).toEqual({ instance: 'h:1', job: 'web', zone: 'z' })
    expect(stage.steps.map(({ rule }) => rule)).toEqual([
      'labels without a value are left out',
      '__metrics_path__, unless it has one',
      '__param_q, unless it has one',
      '__scheme__, unless it has one',
      '__scrape_interval__, unless it has one',
      '__scrape_timeout__, unless it has one',
      'job, unless it has one',
      'instance = __address__, unless it has one',
      'labels that begin with __ are for the scrape alone',
    ])
    expect(read(stage)).toEqual(stage.output)
  })

  it('says why one can not be scraped', () => {
    const stage = scrapeStage(SCRAPE, target({ zone: 'z' }), scrapeConfig())
    expect(stage).toMatchObject({
      output: null,
      steps: [{ dropped: true, rule: expect.stringMatching(/^no address/) }],
    })
  })

  it('comes to the labels that samples get, whatever a target is', () => {
    fc.assert(
      fc.property(targets, (labels) => {
        const config = scrapeConfig()
        const stage = scrapeStage(SCRAPE, labels, config)
        const real = buildTarget(labels, config)
        expect(stage.output).toEqual(real.ok ? Object.fromEntries(labelsToMap(real.target.labels)) : null)
        if (real.ok) expect(read(stage)).toEqual(stage.output)
      }),
      { numRuns: 300 },
    )
  })
})

/** Relabellings one after the other, and what else there is between them. */
class Pipeline {
  readonly relabellings = new Map<string, TargetRelabelling>()
  readonly sources = new Map<string, string[]>()
  /** How often rules were applied. */
  tried = 0

  relabel(
    component: string,
    given: readonly TargetLabels[],
    compiled: readonly CompiledRule[],
    ...sources: string[]
  ): TargetLabels[] {
    const counted = compiled.map((rule) => ({
      ...rule,
      apply: (labels: Labels) => {
        this.tried++
        return rule.apply(labels)
      },
    }))
    this.relabellings.set(component, { component, given: () => given, rules: () => counted })
    this.sources.set(component, sources)
    return given.flatMap((labels) => {
      const output = relabel(labelsFromMap(labels), compiled)
      return output === undefined ? [] : [labelsToMap(output)]
    })
  }

  tracing(): Tracing {
    return createTracing({
      relabellings: this.relabellings,
      sourcesOf: (id) => this.sources.get(id) ?? [],
      slices: atOnce,
    })
  }
}

const atOnce: Slices = {
  async run(work) {
    for (;;) {
      const step = work.next()
      if (step.done) return step.value
    }
  },
}

describe('the way of a target', () => {
  it('goes back through relabellings and what is between them, each target its own way', async () => {
    const line = new Pipeline()
    const found = [target({ __address__: 'a:1', __meta_x: '1' }), target({ __address__: 'b:1', __meta_x: '2' })]
    const first = line.relabel(
      'r.first',
      found,
      rulesOf({ sourceLabels: ['__meta_x'], targetLabel: 'x' }),
      'discovery.x',
    )
    const second = line.relabel(
      'r.second',
      first,
      rulesOf({ action: 'labeldrop', regex: '__meta.*' }),
      'module/argument.targets',
    )
    line.sources.set('module/argument.targets', ['r.first'])
    const other = line.relabel('r.other', found, rulesOf({ targetLabel: 'x', replacement: 'other' }), 'discovery.x')
    line.sources.set(SCRAPE, ['prometheus.remote_write.x', 'r.second', 'r.other', 'discovery.x'])
    const tracing = line.tracing()

    const stages = await tracing.stagesBefore(SCRAPE, second[1])
    expect(stages.map(({ component }) => component)).toEqual(['r.first', 'r.second'])
    expect(stages[0].input).toEqual(Object.fromEntries(found[1]))
    expect(stages[0].output).toEqual(stages[1].input)
    expect(stages[1].output).toEqual({ __address__: 'b:1', x: '2' })
    expect((await tracing.stagesBefore(SCRAPE, other[0])).map(({ component }) => component)).toEqual(['r.other'])
    // Discovered, and taken as it is.
    expect(await tracing.stagesBefore(SCRAPE, found[0])).toEqual([])
    expect(
      tracing
        .relabellingsBefore(SCRAPE)
        .map(({ component }) => component)
        .sort(),
    ).toEqual(['r.first', 'r.other', 'r.second'])
  })

  it('finds one of the inputs that come to exactly these labels, whatever rules there are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(targets, { minLength: 1, maxLength: 8 }), rules, rules, async (found, some, more) => {
        const line = new Pipeline()
        const first = line.relabel('r.first', found, some)
        const second = line.relabel('r.second', first, more, 'r.first')
        line.sources.set(SCRAPE, ['r.second'])
        const tracing = line.tracing()
        for (const labels of second) {
          const stages = await tracing.stagesBefore(SCRAPE, labels)
          expect(stages.map(({ component }) => component)).toEqual(['r.first', 'r.second'])
          expect(stages[1].output).toEqual(Object.fromEntries(labels))
          expect(stages[0].output).toEqual(stages[1].input)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('is found with few tries where the address stays, and again without any', async () => {
    const line = new Pipeline()
    const found = Array.from({ length: 5_000 }, (_, i) => target({ __address__: `h:${i}`, __meta_x: 'x' }))
    const output = line.relabel('r', found, rulesOf({ action: 'labeldrop', regex: '__meta.*' }))
    line.sources.set(SCRAPE, ['r'])
    const tracing = line.tracing()
    await tracing.stagesBefore(SCRAPE, output[4_000])
    expect(line.tried).toBeLessThan(5)
    line.tried = 0
    await tracing.stagesBefore(SCRAPE, output[4_000])
    // Once for each of its steps and once for the whole.
    expect(line.tried).toBe(2)
  })
})
