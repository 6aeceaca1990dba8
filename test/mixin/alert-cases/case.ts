/**
 * When each alert must fire, and when it must not, as series that a Prometheus has: a value a minute, in promtool's notation
 * (`0x10 5+1x20`: eleven zeros, then 5, 6 and so on). The labels that every series has, such as the cluster's name, are added by
 * who runs these.
 */

export interface Case {
  readonly alert: string
  /** `it fires when …` or `it is silent when …`. */
  readonly when: string
  readonly series: readonly Series[]
  /** Minutes after the start. */
  readonly at: number
  /** The labels that tell the alerts apart, of each that fires. */
  readonly fires: readonly Readonly<Record<string, string>>[]
}

export interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly values: string
}

export type Labels = Readonly<Record<string, string>>

export const A: Labels = { instance: 'a' }
export const B: Labels = { instance: 'b' }
export const C: Labels = { instance: 'c' }

export function series(name: string, labels: Labels, values: string): Series {
  return { name, labels, values }
}

/** What a node says of its peers; viewers there are none. */
export function peers(of: Labels, participants: string, terminating = '0x120'): Series[] {
  return [
    series('cluster_node_peers', { ...of, state: 'viewer' }, '0x120'),
    series('cluster_node_peers', { ...of, state: 'participant' }, participants),
    series('cluster_node_peers', { ...of, state: 'terminating' }, terminating),
  ]
}

export function fires(
  alert: string,
  when: string,
  at: number,
  all: readonly Series[],
  ...labels: readonly Labels[]
): Case {
  return { alert, when: `fires when ${when}`, series: all, at, fires: labels }
}

export function silent(alert: string, when: string, at: number, all: readonly Series[]): Case {
  return { alert, when: `is silent when ${when}`, series: all, at, fires: [] }
}

/** A scrape job, and how alerts name it. */
export const JOB: Labels = { component_path: '/', component_id: 'prometheus.scrape.apps' }
export const THAT_JOB: Labels = { component_id: 'prometheus.scrape.apps' }
