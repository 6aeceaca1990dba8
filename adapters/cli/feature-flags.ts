/** Flags of `skein run` about what may be used and about the process itself: Alloy's, with its names and defaults. */
import type { Flag } from './flag.ts'

/** `skein validate` takes these two as well: what a configuration may use decides whether it is valid. */
export const STABILITY_FLAG: Flag = {
  name: 'stability.level',
  kind: 'text',
  fallback: 'generally-available',
  value: 'LEVEL',
  help: 'Least stable features that may be used',
  values: ['generally-available', 'public-preview', 'experimental'],
}
export const COMMUNITY_FLAG: Flag = {
  name: 'feature.community-components.enabled',
  kind: 'boolean',
  fallback: 'false',
  help: 'Components that the community maintains',
  noEffect: 'skein has none; an unknown component is an error either way',
}

export const FEATURE_FLAGS: readonly Flag[] = [
  STABILITY_FLAG,
  {
    name: 'feature.component-shutdown-deadline',
    kind: 'duration',
    fallback: '10m',
    help: 'How long a component that is stopped may take, before it is given up with an error in the log',
  },
  COMMUNITY_FLAG,
  {
    name: 'feature.prometheus.direct-fanout.enabled',
    kind: 'boolean',
    fallback: 'false',
    help: 'Forward samples without a global store of labels',
    noEffect: 'skein has no such store: samples are always forwarded directly',
  },
  {
    name: 'feature.prometheus.metric-validation-scheme',
    kind: 'boolean',
    fallback: 'false',
    help: 'How names of metrics are checked',
    noEffect: 'deprecated; set metric_name_validation_scheme in each prometheus.scrape',
  },
  {
    name: 'disable-reporting',
    kind: 'boolean',
    fallback: 'false',
    help: 'No statistics of use to the maker',
    noEffect: 'skein never reports anything',
  },
  {
    name: 'windows.priority',
    kind: 'text',
    fallback: 'normal',
    help: 'Priority of the process on Windows',
    values: ['above_normal', 'below_normal', 'normal', 'high', 'idle', 'realtime'],
    onlyDefault:
      'skein leaves its priority alone; start it with the one it should have: start /belownormal skein run …',
  },
]
