/**
 * What happens to a series once, when its bytes are first seen: labels are parsed, merged with the target's, checked
 * against the name rules and the label limits. A series that can't be admitted fails its whole scrape.
 */
import { CLASS, NAME } from '../exposition/bytes.ts'
import { exposedLabels } from '../exposition/labels.ts'
import type { Format } from '../exposition/lexer.ts'
import { isValidLabelName, isValidMetricName, type NameScheme } from '../exposition/names.ts'
import { decodeUtf8 } from '../exposition/strings.ts'
import { hashLabels } from '../hash/murmur.ts'
import { formatLabels, type Labels, labelValue } from '../labels/labels.ts'
import { mergeTargetLabels } from '../labels/merge.ts'
import { METRIC_TYPES, type Metadata } from '../series/metadata.ts'
import { isOfFamily } from './families.ts'

export interface AdmissionRules {
  /** The labels that the target adds. */
  readonly target: Labels
  readonly honorLabels: boolean
  readonly names: NameScheme
  /** Limits per series, `__name__` counted, lengths in bytes of UTF-8; 0 is none. */
  readonly labelLimit: number
  readonly labelNameLengthLimit: number
  readonly labelValueLengthLimit: number
  /** Type and unit of a series' family are labels of it: `__type__`, `__unit__`. */
  readonly typeAndUnitLabels: boolean
}

export type Admission =
  | { readonly ok: true /** Its name says that its value is when another series began. */; readonly isCreated: boolean }
  | { readonly ok: false; readonly error: string; readonly reason: 'parse' | 'label-limit' }

export function admit(
  rules: AdmissionRules,
  bytes: Uint8Array,
  start: number,
  end: number,
  format: Format,
  type: number,
  family: Metadata | undefined,
): Admission {
  const exposed = exposedLabels(bytes, start, end, format, type)
  if (!Array.isArray(exposed)) return refusal(exposed.error)
  const labels = mergeTargetLabels(described(exposed, family), rules.target, rules.honorLabels)
  const name = labelValue(labels, '__name__')
  if (name === '') return refusal('missing metric name (__name__ label)')
  if (!isValidMetricName(name, rules.names)) return refusal(`invalid metric name ${JSON.stringify(name)}`)
  for (let i = 0; i < labels.length; i += 2) {
    if (!isValidLabelName(labels[i], rules.names)) {
      return refusal(`invalid label name ${JSON.stringify(labels[i])} in ${formatLabels(labels)}`)
    }
  }
  const exceeded = exceededLimit(rules, labels)
  return exceeded === undefined
    ? { ok: true, isCreated: name.endsWith('_created') }
    : { ok: false, error: exceeded, reason: 'label-limit' }
}

/** The labels of a series that was admitted before, so nothing is checked again; undefined is a bug elsewhere. */
export function labelsOfSeries(
  rules: AdmissionRules,
  bytes: Uint8Array,
  start: number,
  end: number,
  format: Format,
  type: number,
  family: Metadata | undefined,
): Labels | undefined {
  const exposed = exposedLabels(bytes, start, end, format, type)
  if (!Array.isArray(exposed)) return undefined
  return mergeTargetLabels(described(exposed, family), rules.target, rules.honorLabels)
}

/** As exposed; empty for what was never admitted. */
export function nameOfSeries(bytes: Uint8Array, start: number, end: number, format: Format): string {
  let i = start
  while (i < end && (CLASS[bytes[i]] & NAME) !== 0) i++
  if (i > start) return decodeUtf8(bytes, start, i) ?? ''
  // A quoted one may stand anywhere between the braces.
  const exposed = exposedLabels(bytes, start, end, format, 0)
  return Array.isArray(exposed) ? exposed[1] : ''
}

/** Adds `__type__` and `__unit__` in place of those exposed; empty values are as good as none. `exposed` begins with the name. */
function described(exposed: readonly string[], family: Metadata | undefined): readonly string[] {
  if (family === undefined || !isOfFamily(exposed[1], family)) return exposed
  const labels: string[] = []
  for (let i = 0; i < exposed.length; i += 2) {
    if (exposed[i] !== '__type__' && exposed[i] !== '__unit__') labels.push(exposed[i], exposed[i + 1])
  }
  labels.push('__type__', family.type === 0 ? '' : METRIC_TYPES[family.type], '__unit__', family.unit)
  return labels
}

/** What tells series of the same bytes apart when type and unit are part of them. */
export function describedSalt({ family, type, unit }: Metadata): number {
  return hashLabels([family, METRIC_TYPES[type], unit], 0)
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
