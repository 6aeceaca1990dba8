/** Who was sent what: every sample that was accepted, whether it arrived, how often, and in which order. */

export interface LedgerShape {
  readonly sources: number
  readonly series: number
  /** Ms since the epoch of scrape 0, and between two scrapes. */
  readonly start: number
  readonly interval: number
  readonly scrapes: number
}

export interface Ledger {
  /** The number that a sample carries: it tells a wrong one from a right one. */
  valueAt(series: number, scrape: number): number
  /** The component took over this scrape of this source. */
  accepted(source: number, scrape: number): void
  /** A receiver that answered 2xx took this. */
  delivered(source: string, n: string, value: number, timestamp: number): void
  /** What must be empty. */
  readonly violations: readonly string[]
  readonly acceptedSamples: number
  readonly deliveredSamples: number
  /** Delivered again. */
  readonly twice: number
  /** Accepted and never delivered, as scrapes of sources. */
  missing(): { readonly source: number; readonly timestamp: number; readonly samples: number }[]
}

const ACCEPTED = 1
const DELIVERED = 2

export function createLedger({ sources, series, start, interval, scrapes }: LedgerShape): Ledger {
  /** By series and scrape. */
  const states = Array.from({ length: sources * series }, () => new Uint8Array(scrapes))
  const newest = new Int32Array(sources * series).fill(-1)
  const violations: string[] = []
  let acceptedSamples = 0
  let deliveredSamples = 0
  let twice = 0
  const valueAt = (at: number, scrape: number): number => scrape * 1000 + at / 7

  function violation(text: string): void {
    if (violations.length < 20) violations.push(text)
  }

  return {
    valueAt,
    accepted(source, scrape) {
      for (let n = 0; n < series; n++) states[source * series + n][scrape] = ACCEPTED
      acceptedSamples += series
    },
    delivered(source, n, value, timestamp) {
      const at = Number(source) * series + Number(n)
      const scrape = (timestamp - start) / interval
      const state = states[at]?.[scrape]
      const wrong = (text: string): void => violation(`${n} of source ${source}, scrape ${scrape}: ${text}`)
      if (state === undefined || state === 0) return wrong('was never accepted')
      if (value !== valueAt(at % series, scrape)) wrong(`is ${value}`)
      if (state === DELIVERED) {
        twice++
        return
      }
      if (scrape < newest[at]) wrong(`came after scrape ${newest[at]}`)
      newest[at] = scrape
      states[at][scrape] = DELIVERED
      deliveredSamples++
    },
    violations,
    get acceptedSamples() {
      return acceptedSamples
    },
    get deliveredSamples() {
      return deliveredSamples
    },
    get twice() {
      return twice
    },
    missing() {
      const found: { source: number; timestamp: number; samples: number }[] = []
      for (let source = 0; source < sources; source++) {
        for (let scrape = 0; scrape < scrapes; scrape++) {
          let samples = 0
          for (let n = 0; n < series; n++) if (states[source * series + n][scrape] === ACCEPTED) samples++
          if (samples > 0) found.push({ source, timestamp: start + scrape * interval, samples })
        }
      }
      return found
    },
  }
}
