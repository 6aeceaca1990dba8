/**
 * prometheus.relabel: rewrites the labels of what passes through, or drops series. Every series is asked about once, by the
 * slot that it has in its source; so there is no cache to size, and the arguments for one are only checked.
 */
import {
  type AnyComponentDefinition,
  type Component,
  type ComponentContext,
  defineComponent,
} from '../../graph/component.ts'
import { relabel } from '../../labels/relabel.ts'
import { createRelabelled, type Rewrite } from '../../series/relabelled.ts'
import { attr, block, type Infer, nested } from '../../syntax/schema.ts'
import { capsule, duration, list, uint } from '../../syntax/types.ts'
import type { Capsule } from '../../syntax/value.ts'
import { METRICS_RECEIVER, RULES } from '../capsules.ts'
import { LIVE } from '../lent.ts'
import { compiled, rule, toRule } from '../relabel-rule.ts'
import { untilAborted } from '../until-aborted.ts'
import { showingRewrites } from './live-samples.ts'

const MIN_CACHE_TTL_MS = 60_000

const schema = block(
  {
    forward_to: attr.required(list(capsule(METRICS_RECEIVER)), 'Where samples go on to.'),
    max_cache_size: attr.optional(uint, 100_000, 'Accepted for compatibility: answers live as long as their series.'),
    cache_ttl: attr.optional(duration, 0, 'Accepted for compatibility, like max_cache_size.'),
    rule: nested.repeated(rule, 'Applied one after the other.'),
  },
  {
    validate({ max_cache_size, cache_ttl }, report) {
      if (cache_ttl === 0 && max_cache_size === 0)
        report('one of max_cache_size and cache_ttl must be greater than 0', 'max_cache_size')
      if (cache_ttl !== 0 && max_cache_size !== 0)
        report('max_cache_size and cache_ttl can not both be set', 'cache_ttl', 'set max_cache_size = 0')
      if (cache_ttl !== 0 && cache_ttl < MIN_CACHE_TTL_MS) report('cache_ttl must be at least 1m', 'cache_ttl')
    },
  },
)

type Args = Infer<typeof schema>

interface Exports {
  readonly receiver: Capsule
  readonly rules: Capsule
}

function build(context: ComponentContext<Exports>, first: Args): Component<Args> {
  const { id } = context
  const live = context.services(LIVE)
  let rewrite = rewriteBy(first)
  let forwardTo = first.forward_to
  const relabelled = createRelabelled(id, rewrite, forwardTo)
  const shown = showingRewrites(relabelled.receiver, live.tap(id), (labels) => rewrite(labels))
  const receiver = METRICS_RECEIVER.wrap(shown)
  const { metrics } = context
  const processed = metrics.counter('alloy_prometheus_relabel_metrics_processed', 'Total number of metrics processed')
  const written = metrics.counter('alloy_prometheus_relabel_metrics_written', 'Total number of metrics written')
  const misses = metrics.counter('alloy_prometheus_relabel_cache_misses', 'Total number of series that were relabelled')
  const hits = metrics.counter(
    'alloy_prometheus_relabel_cache_hits',
    'Total number of samples whose series was relabelled before',
  )
  const size = metrics.gauge('alloy_prometheus_relabel_cache_size', 'Number of series whose relabelling is remembered')
  const forwarded = metrics.counter(
    'prometheus_forwarded_samples_total',
    'Total number of samples sent to downstream components',
  )
  metrics.beforeCollect(() => {
    const { counts } = relabelled
    processed.set(counts.processed)
    written.set(counts.written)
    forwarded.set(counts.written)
    misses.set(counts.rewritten)
    hits.set(Math.max(0, counts.processed - counts.rewritten))
    size.set(relabelled.remembered)
  })

  function publish(args: Args): void {
    context.publish({ receiver, rules: RULES.wrap(args.rule.map(toRule)) })
  }

  publish(first)
  return {
    async run(signal) {
      const total = (): number => relabelled.counts.written
      const to = (): string[] => forwardTo.map(({ name }) => name)
      const signOut = live.add({ component: id, flow: { type: 'prometheus_metric', total, to } })
      await untilAborted(signal)
      signOut()
    },
    update(args) {
      rewrite = rewriteBy(args)
      forwardTo = args.forward_to
      relabelled.setRewrite(rewrite)
      relabelled.setReceivers(forwardTo)
      publish(args)
    },
  }
}

function rewriteBy(args: Args): Rewrite {
  const rules = compiled(args.rule)
  return (labels) => relabel(labels, rules)
}

export const prometheusRelabel: AnyComponentDefinition = defineComponent<Args, Exports>({
  name: 'prometheus.relabel',
  about: {
    does: 'Rewrites the labels of the series that pass through, or drops series. Each series is asked about once, not each sample.',
    exports: [
      { name: 'receiver', type: 'MetricsReceiver', doc: 'What other components forward to.' },
      { name: 'rules', type: 'RelabelRules', doc: 'The rules. No component of this version takes them.' },
    ],
  },
  stability: 'generally-available',
  liveDebugging: true,
  schema,
  build,
})
