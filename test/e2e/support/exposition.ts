/** A plain reader of Prometheus text, to hold the agent's own against: slow, strict, and sharing no line with it. */

export interface Sample {
  /** With `__name__`. */
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+(-?\d+))?[ \t]*$/
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/y

/** Throws on anything that isn't Prometheus text. */
export function parseExposition(text: string): Sample[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const match = LINE.exec(line)
      if (match === null) throw new Error(`not a sample: ${line}`)
      const [, name, labels = '', value] = match
      return { labels: new Map([['__name__', name], ...readLabels(labels)]), value: readValue(value) }
    })
}

function readLabels(text: string): [name: string, value: string][] {
  const labels: [string, string][] = []
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < text.length) {
    const match = LABEL.exec(text)
    if (match === null) throw new Error(`not a list of labels: ${text}`)
    labels.push([match[1], match[2].replace(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped))])
  }
  return labels
}

/** Also what Prometheus's HTTP API says. */
export function readValue(text: string): number {
  if (/^[+-]?inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  if (/^nan$/i.test(text)) return Number.NaN
  const value = Number(text)
  if (Number.isNaN(value)) throw new Error(`not a number: ${text}`)
  return value
}

/**
 * One string per label set, for comparing sets of series. `le` and `quantile` are compared as the numbers that they are:
 * Prometheus 3 and skein write `1.0` for `1`. Labels in `without` are left out, and empty ones, which don't exist.
 */
export function seriesName(labels: ReadonlyMap<string, string>, without: readonly string[] = []): string {
  const pairs = [...labels]
    .filter(([name, value]) => value !== '' && !without.includes(name))
    .map(([name, value]) => [name, name === 'le' || name === 'quantile' ? String(readValue(value)) : value])
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}}`
}
