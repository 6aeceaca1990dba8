/**
 * What an endpoint of 1.0 tells its receiver about families: requests of their own beside the queue (spec §5.7). Owns which
 * families are known and when they are told: new and changed ones once the samples that brought them are on their way, all of
 * them at intervals. Only in memory, since a new run learns them anew. 2.0 describes each series where it is sent.
 */
import { MAX_FAMILIES, MAX_FAMILY_CHARACTERS } from '../../limits.ts'
import type { Monotonic } from '../../ports.ts'
import type { Metadata } from '../../series/metadata.ts'
import type { Block } from '../block.ts'
import type { MetadataConfig } from '../config.ts'
import type { Beside } from './sender.ts'

/** Of one request, so that none takes long to encode however long the help texts are. */
const MAX_REQUEST_CHARACTERS: number = 512 * 1024

export interface Families extends Beside {
  /** Of a series that is encoded; the same family comes as often as it has series. */
  learn(metadata: Metadata): void
  /** Nothing more is told, and everything forgotten: what follows is told by 2.0, or to another receiver. */
  forget(): void
}

export function createFamilies(
  settings: () => MetadataConfig,
  encode: (families: readonly Metadata[]) => Block,
  events: { learned(): void },
  now: () => Monotonic,
): Families {
  /** In the order learned; the first gives way when there are too many. */
  const known = new Map<string, Metadata>()
  const fresh = new Set<string>()
  let characters = 0
  let toldAll: Monotonic = Number.NEGATIVE_INFINITY
  /** What is still to be told of this round, and the request that it begins with. */
  let round: Metadata[] = []
  let next: { readonly block: Block; readonly families: number } | undefined

  function remove(family: string): void {
    const metadata = known.get(family)
    if (metadata === undefined) return
    characters -= lengthOf(metadata)
    known.delete(family)
    fresh.delete(family)
  }

  function learn(metadata: Metadata): void {
    const { family } = metadata
    const before = known.get(family)
    if (before !== undefined && same(before, metadata)) return
    const length = lengthOf(metadata)
    if (length > MAX_FAMILY_CHARACTERS) return
    remove(family)
    for (const oldest of known.keys()) {
      if (known.size < MAX_FAMILIES && characters + length <= MAX_FAMILY_CHARACTERS) break
      remove(oldest)
    }
    known.set(family, metadata)
    fresh.add(family)
    characters += length
    events.learned()
  }

  /** Nothing happens while some of the last round waits. */
  function plan(): void {
    if (round.length > 0 || !settings().send) return
    if (now() - toldAll >= settings().sendInterval) {
      round = [...known.values()]
      if (round.length > 0) toldAll = now()
    } else {
      for (const family of fresh) round.push(known.get(family) as Metadata)
    }
    fresh.clear()
  }

  function request(): readonly Metadata[] {
    const most = Math.max(1, settings().maxSamplesPerSend)
    let end = 0
    for (let length = 0; end < round.length && end < most; end++) {
      length += lengthOf(round[end])
      if (end > 0 && length > MAX_REQUEST_CHARACTERS) break
    }
    return round.slice(0, end)
  }

  return {
    learn,
    plan,
    forget() {
      known.clear()
      fresh.clear()
      characters = 0
      round = []
      next = undefined
      toldAll = Number.NEGATIVE_INFINITY
    },
    peek() {
      if (next === undefined && round.length > 0 && settings().send) {
        const families = request()
        next = { block: encode(families), families: families.length }
      }
      return next?.block
    },
    done(block) {
      // One of a round that was forgotten while it was under way.
      if (next?.block !== block) return
      round = round.slice(next.families)
      next = undefined
    },
  }
}

function lengthOf({ family, help, unit }: Metadata): number {
  return family.length + help.length + unit.length
}

function same(a: Metadata, b: Metadata): boolean {
  return a.type === b.type && a.help === b.help && a.unit === b.unit
}
