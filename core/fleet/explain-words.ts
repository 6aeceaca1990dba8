/** The sentences of an explanation: since when a target is its owner's, and what holds this node back. */
import type { OwnedSince } from '../api/targets.ts'
import type { HoldChange, OwnerChange } from '../ownership/since.ts'
import type { Hold } from '../ownership/types.ts'
import { timestamp } from './timestamp.ts'

/** `self`: the node that tells. */
export function sinceWords(change: OwnerChange, held: HoldChange, self: string): OwnedSince {
  const { at, before, joined, left } = change
  return {
    at: at === undefined ? null : timestamp(at),
    before: before ?? null,
    joined,
    left,
    sentence: ownerWords(change) + holdWords(change, held, self),
  }
}

/** Of a job whose targets this node doesn't share; `at`: when it began to scrape this one. */
export function aloneSinceWords(at: number | undefined): OwnedSince {
  const sentence =
    at === undefined ? 'It is not scraped.' : `This node has scraped it since ${timestamp(at)}, when it was given it.`
  return { at: at === undefined ? null : timestamp(at), before: null, joined: [], left: [], sentence }
}

function ownerWords({ at, known, owner, before, joined, left }: OwnerChange): string {
  if (known === undefined) return 'Nothing is remembered of how the work was shared.'
  if (at === undefined) {
    const whose = owner === undefined ? 'Nobody has participated' : `It has been ${owner}'s`
    return `${whose} for as long as this node remembers, which is since ${timestamp(known)}.`
  }
  if (owner === undefined) return `Nobody has participated since ${timestamp(at)}, when ${list(left)} left.`
  const came = joined.length > 0 ? `${owner} joined` : ''
  const went = left.length > 0 ? `${list(left)} left` : ''
  const whose = before === undefined ? 'nobody participated' : `it was ${before}'s`
  return `It has been ${owner}'s since ${timestamp(at)}, when ${went}${went && came && ' and '}${came}; before, ${whose}.`
}

/** Only when it says more than the change of owner: a hold that began or ended later. */
function holdWords({ owner, known }: OwnerChange, { hold, at, before }: HoldChange, self: string): string {
  if (at === undefined || at <= (known ?? 0)) return ''
  if (hold !== undefined) return ` This node has been held back since ${timestamp(at)}: ${reasonOf(hold)}.`
  if (owner !== self || before === undefined) return ''
  return ` This node has scraped it since ${timestamp(at)}; until then it was held back: ${reasonOf(before)}.`
}

function reasonOf(hold: Hold): string {
  switch (hold.kind) {
    case 'joining':
      return 'it was joining the cluster'
    case 'too-small':
      return `the cluster was too small, ${hold.size} of ${hold.minimum} nodes`
    case 'name-conflict':
      return `another node, at ${hold.rival}, went by the same name`
  }
}

/** Long lists are cut: a sentence is for reading. */
const NAMED = 4

function list(names: readonly string[]): string {
  if (names.length > NAMED) return `${names.slice(0, NAMED - 1).join(', ')} and ${names.length - NAMED + 1} more`
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
