/**
 * What happens to a series once, when its bytes are first seen: labels are parsed, merged with the target's, checked
 * against the name rules and the label limits. A series that can't be admitted fails its whole scrape.
 */
import { exposedLabels } from '../exposition/labels.ts'
import type { Format } from '../exposition/lexer.ts'
import { isValidLabelName, isValidMetricName, type NameScheme } from '../exposition/names.ts'
import { formatLabels, type Labels, labelValue } from '../labels/labels.ts'
import { mergeTargetLabels } from '../labels/merge.ts'

export interface AdmissionRules {
  /** The labels that the target adds. */
  readonly target: Labels
  readonly honorLabels: boolean
  readonly names: NameScheme
  /** Limits per series, `__name__` counted, lengths in bytes of UTF-8; 0 is none. */
  readonly labelLimit: number
  readonly labelNameLengthLimit: number
  readonly labelValueLengthLimit: number
}

export type Admission =
  | { readonly ok: true; readonly labels: Labels }
  | { readonly ok: false; readonly error: string; readonly reason: 'parse' | 'label-limit' }

export function admit(
  rules: AdmissionRules,
  bytes: Uint8Array,
  start: number,
  end: number,
  format: Format,
  family: number,
): Admission {
  const exposed = exposedLabels(bytes, start, end, format, family)
  if (!Array.isArray(exposed)) return refusal(exposed.error)
  const labels = mergeTargetLabels(exposed, rules.target, rules.honorLabels)
  const name = labelValue(labels, '__name__')
  if (name === '') return refusal('missing metric name (__name__ label)')
  if (!isValidMetricName(name, rules.names)) return refusal(`invalid metric name ${JSON.stringify(name)}`)
  for (let i = 0; i < labels.length; i += 2) {
    if (!isValidLabelName(labels[i], rules.names)) {
      return refusal(`invalid label name ${JSON.stringify(labels[i])} in ${formatLabels(labels)}`)
    }
  }
  const exceeded = exceededLimit(rules, labels)
  return exceeded === undefined ? { ok: true, labels } : { ok: false, error: exceeded, reason: 'label-limit' }
}

/** The labels of a series that was admitted before, so nothing is checked again; undefined is a bug elsewhere. */
export function labelsOfSeries(
  rules: AdmissionRules,
  bytes: Uint8Array,
  start: number,
  end: number,
  format: Format,
  family: number,
): Labels | undefined {
  const exposed = exposedLabels(bytes, start, end, format, family)
  return Array.isArray(exposed) ? mergeTargetLabels(exposed, rules.target, rules.honorLabels) : undefined
}

function refusal(error: string): Admission {
  return { ok: false, error, reason: 'parse' }
}

const encoder = new TextEncoder()

function exceededLimit(rules: AdmissionRules, labels: Labels): string | undefined {
  const { labelLimit, labelNameLengthLimit, labelValueLengthLimit } = rules
  const count = labels.length / 2
  if (labelLimit > 0 && count > labelLimit) {
    return `label_limit exceeded (metric: ${shortened(formatLabels(labels))}, number of labels: ${count}, limit: ${labelLimit})`
  }
  if (labelNameLengthLimit === 0 && labelValueLengthLimit === 0) return undefined
  for (let i = 0; i < labels.length; i += 2) {
    const name = labels[i]
    const nameLength = encoder.encode(name).length
    if (labelNameLengthLimit > 0 && nameLength > labelNameLengthLimit) {
      return `label_name_length_limit exceeded (label name: ${shortened(name)}, length: ${nameLength}, limit: ${labelNameLengthLimit})`
    }
    const valueLength = encoder.encode(labels[i + 1]).length
    if (labelValueLengthLimit > 0 && valueLength > labelValueLengthLimit) {
      return `label_value_length_limit exceeded (label name: ${shortened(name)}, length: ${valueLength}, limit: ${labelValueLengthLimit})`
    }
  }
  return undefined
}

/** Error texts end up in logs and in the API: a 10,000-label series must not make them endless. */
function shortened(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`
}
