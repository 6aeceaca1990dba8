/**
 * A label set as one flat array of strings: name, value, name, value, …; sorted by name in UTF-8 byte order, names
 * unique, no empty values. Built once per series, never per sample.
 */
export type Labels = readonly string[]

export const NO_LABELS: Labels = []

/** Byte order of the UTF-8 forms, which is code point order; JavaScript's `<` differs from it for surrogates. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0
  const n = Math.min(a.length, b.length)
  for (let i = 0; i < n; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return surrogateRank(x) - surrogateRank(y)
  }
  return a.length - b.length
}

/** Code units ordered as the code points they belong to: surrogates stand for U+10000 and above. */
function surrogateRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

/** Value of a label, or the empty string. */
export function labelValue(labels: Labels, name: string): string {
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === name) return labels[i + 1]
  return ''
}

/** From pairs in any order; empty values are dropped, the last of equal names wins. */
export function labelsFrom(entries: Iterable<readonly [name: string, value: string]>): Labels {
  const map = new Map<string, string>()
  for (const [name, value] of entries) map.set(name, value)
  return labelsFromMap(map)
}

export function labelsFromMap(map: ReadonlyMap<string, string>): Labels {
  const names: string[] = []
  for (const [name, value] of map) if (value !== '') names.push(name)
  names.sort(compareNames)
  const labels: string[] = []
  for (const name of names) labels.push(name, map.get(name) as string)
  return labels
}

export function labelsToMap(labels: Labels): Map<string, string> {
  const map = new Map<string, string>()
  for (let i = 0; i < labels.length; i += 2) map.set(labels[i], labels[i + 1])
  return map
}

export function sameLabels(a: Labels, b: Labels): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** As Prometheus prints it: `{a="1", b="2"}`, with the metric name inside. For people, logs and tests. */
export function formatLabels(labels: Labels): string {
  const parts: string[] = []
  for (let i = 0; i < labels.length; i += 2) parts.push(`${labels[i]}=${JSON.stringify(labels[i + 1])}`)
  return `{${parts.join(', ')}}`
}
