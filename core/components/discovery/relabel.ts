/** discovery.relabel: rewrites the labels of targets, or drops targets, before they are scraped. */
import {
  type AnyComponentDefinition,
  type Component,
  type ComponentContext,
  defineComponent,
} from '../../graph/component.ts'
import { labelsFromMap, labelsToMap } from '../../labels/labels.ts'
import { type CompiledRule, relabel } from '../../labels/relabel.ts'
import type { Flow } from '../../live/live.ts'
import { attr, block, type Infer, nested } from '../../syntax/schema.ts'
import { list, target } from '../../syntax/types.ts'
import { type Capsule, targetCapsule } from '../../syntax/value.ts'
import { RULES } from '../capsules.ts'
import { LIVE, REPORTS } from '../lent.ts'
import { rewriteText } from '../live-texts.ts'
import { compiled, rule, toRule } from '../relabel-rule.ts'
import { untilAborted } from '../until-aborted.ts'

const schema = block({
  targets: attr.required(list(target), 'Targets to relabel.'),
  rule: nested.repeated(rule, 'Applied one after the other.'),
})

type Args = Infer<typeof schema>

interface Exports {
  readonly output: readonly Capsule[]
  readonly rules: Capsule
}

function build(context: ComponentContext<Exports>, first: Args): Component<Args> {
  const { relabellings } = context.services(REPORTS)
  const live = context.services(LIVE)
  const tap = live.tap(context.id)
  let published = 0
  let given: Args['targets'] = []
  let rules: readonly CompiledRule[] = []

  function update(args: Args): void {
    given = args.targets
    rules = compiled(args.rule)
    const output: Capsule[] = []
    for (const labels of args.targets) {
      const relabelled = relabel(labelsFromMap(labels), rules)
      if (relabelled !== undefined) output.push(targetCapsule.wrap(labelsToMap(relabelled)))
    }
    context.publish({ output, rules: RULES.wrap(args.rule.map(toRule)) })
    published += output.length
    present()
  }

  function present(): void {
    if (!tap.watched) return
    tap.tell(given.length, (i) => {
      const labels = labelsFromMap(given[i])
      return rewriteText(labels, relabel(labels, rules))
    })
  }

  update(first)
  return {
    async run(signal) {
      const signOut = relabellings.add({ component: context.id, given: () => given, rules: () => rules })
      const flow: Flow = { type: 'target', total: () => published }
      const hide = live.add({ component: context.id, flow, present })
      await untilAborted(signal)
      signOut()
      hide()
    },
    update,
  }
}

export const discoveryRelabel: AnyComponentDefinition = defineComponent<Args, Exports>({
  name: 'discovery.relabel',
  about: {
    does: 'Rewrites the labels of targets, or drops targets, before they are scraped.',
    exports: [
      { name: 'output', type: 'list(map(string))', doc: 'The targets that are left, with their new labels.' },
      { name: 'rules', type: 'RelabelRules', doc: 'The rules. No component of this version takes them.' },
    ],
  },
  stability: 'generally-available',
  liveDebugging: true,
  schema,
  build,
})
