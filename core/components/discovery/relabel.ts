/** discovery.relabel: rewrites the labels of targets, or drops targets, before they are scraped. */
import {
  type AnyComponentDefinition,
  type Component,
  type ComponentContext,
  defineComponent,
} from '../../graph/component.ts'
import { labelsFromMap, labelsToMap } from '../../labels/labels.ts'
import { relabel } from '../../labels/relabel.ts'
import { attr, block, type Infer, nested } from '../../syntax/schema.ts'
import { list, target } from '../../syntax/types.ts'
import { type Capsule, targetCapsule } from '../../syntax/value.ts'
import { RULES } from '../capsules.ts'
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
  function update(args: Args): void {
    const rules = compiled(args.rule)
    const output: Capsule[] = []
    for (const labels of args.targets) {
      const relabelled = relabel(labelsFromMap(labels), rules)
      if (relabelled !== undefined) output.push(targetCapsule.wrap(labelsToMap(relabelled)))
    }
    context.publish({ output, rules: RULES.wrap(args.rule.map(toRule)) })
  }

  update(first)
  return { run: untilAborted, update }
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
  schema,
  build,
})
