/** Do all who share the work run the same configuration? Owns how nodes are grouped by what they say of theirs. */
import type { NodeReport } from '../../api/node.ts'
import { MAX_EVIDENCE } from '../../limits.ts'
import { age, type Examine, type Facts } from './facts.ts'
import { counted, lasting, listed, verb } from './words.ts'

interface Loaded {
  readonly name: string
  readonly hash: string
  /** Undefined for one that announces the hash and didn't tell more. */
  readonly report: NodeReport | undefined
  /** How long ago at the most, in seconds; undefined when that isn't known. */
  readonly ago: number | undefined
}

/** Enough to tell configurations apart, and the beginning of what `sha256` in alloy_config_hash says. */
const SHOWN_DIGITS = 12

export const configurationDrift: Examine = (facts) => {
  const { alloy, thresholds } = facts
  const loaded = configurations(facts)
  const groups = grouped(loaded)
  const cannotTell = alloy.map(({ name }) => `${name} announces no configuration, as nodes of Alloy do`)
  if (groups.length < 2) {
    if (loaded.length < 2) return alone(loaded.length, alloy.length)
    const sentence = `${loaded.length} nodes run the same configuration, ${short(loaded[0].hash)}.`
    return { verdict: 'ok', sentence, evidence: cannotTell }
  }

  const evidence = groups.map((group) => `${short(group[0].hash)}: ${members(group)}`)
  const [most, ...others] = groups
  const fewer = others.flat().map(({ name }) => name)
  const clear = most.length > others[0].length
  const what = clear
    ? `${listed(fewer)} ${verb(fewer, 'runs', 'run')} another configuration than ${listed(most.map(({ name }) => name))}`
    : `The nodes run ${counted(groups.length, 'configuration')}: ${groups.map((group) => listed(group.map(({ name }) => name))).join('; ')}`
  const newest = newestLoad(loaded)
  if (newest !== undefined && newest.seconds < thresholds.rollout) {
    const since = `${newest.name} loaded its configuration ${lasting(newest.seconds)} ago`
    const sentence = `${what}: it may pass if a rollout is under way, since ${since}.`
    return { verdict: 'warning', sentence, evidence: [...evidence, ...cannotTell] }
  }
  const since = newest === undefined ? '' : `, and nobody has loaded one for ${lasting(newest.seconds)}`
  return {
    verdict: 'trouble',
    sentence: `${what}${since}: targets that are not in both, or have other labels there, are scraped twice or by nobody.`,
    evidence: [...evidence, ...cannotTell],
    remedy: [
      `Compare the configuration files of ${listed([clear ? fewer[0] : others[0][0].name, most[0].name])}.`,
      `If they are alike, load them again on ${listed(fewer)}: POST to /-/reload, and read what it answers. A file that has a problem is not loaded: alloy_config_last_load_successful is 0 then.`,
      'If they are not, see why the rollout stopped: the sidecar that reloads, the ConfigMap, the deployment.',
    ],
  }
}

/** Of those that own work: not of who is about to leave, yields its name, or has loaded none yet. */
function configurations({ own, present, silent }: Facts): readonly Loaded[] {
  const told = present
    .filter(({ state }) => state === 'participant')
    .map((report) => ({ name: report.name, hash: report.configHash, report, ago: loadedAgo(report) }))
  const announced = silent
    .filter(({ peer }) => peer.state === 'participant')
    .map(({ peer: { name, announced } }) => {
      // It has had this one since its start, or since less than that.
      const ago = announced === null ? undefined : age(own, announced.started)
      return { name, hash: announced?.configHash ?? '', report: undefined, ago }
    })
  return [...told, ...announced].filter(({ hash }) => hash !== '')
}

/** The largest group first; of groups of one size the one with the newest configuration, which is likely the wanted one. */
function grouped(loaded: readonly Loaded[]): readonly (readonly Loaded[])[] {
  const groups = new Map<string, Loaded[]>()
  for (const one of loaded) {
    const group = groups.get(one.hash)
    if (group === undefined) groups.set(one.hash, [one])
    else group.push(one)
  }
  const found = [...groups.values()].sort((a, b) => b.length - a.length)
  if (found.length < 2 || found[0].length > found[1].length) return found
  const newest = (group: readonly Loaded[]): number => newestLoad(group)?.seconds ?? Number.POSITIVE_INFINITY
  return found.sort((a, b) => b.length - a.length || newest(a) - newest(b))
}

function newestLoad(loaded: readonly Loaded[]): { readonly name: string; readonly seconds: number } | undefined {
  let found: { name: string; seconds: number } | undefined
  for (const { name, ago } of loaded) {
    if (ago !== undefined && (found === undefined || ago < found.seconds)) found = { name, seconds: ago }
  }
  return found
}

function loadedAgo(report: NodeReport): number | undefined {
  return report.configLoaded === null ? undefined : age(report, report.configLoaded)
}

/** All of them, in any but the largest clusters. */
function members(group: readonly Loaded[]): string {
  const more = group.length - MAX_EVIDENCE
  const shown = group.slice(0, MAX_EVIDENCE).map(withAge).join(', ')
  return more > 0 ? `${shown} and ${more} more` : shown
}

function withAge({ name, report }: Loaded): string {
  if (report === undefined) return `${name} (announced)`
  return report.configLoaded === null ? name : `${name} (loaded ${lasting(age(report, report.configLoaded))} ago)`
}

function short(hash: string): string {
  return hash.slice(0, SHOWN_DIGITS)
}

function alone(loaded: number, alloy: number): ReturnType<Examine> {
  if (alloy > 0) {
    const sentence = `${counted(alloy, 'node runs', 'nodes run')} Alloy, which announces no configuration: compare alloy_config_hash.`
    return { verdict: 'unknown', sentence }
  }
  const sentence = loaded === 0 ? 'No node that takes part has loaded a configuration yet.' : 'One node takes part.'
  return { verdict: 'ok', sentence }
}
