/**
 * What a source of targets is: something that looks for them until told to stop, and tells all of them whenever they may have
 * changed. Owns the pace of sources that ask again and again; never merges, sorts or keeps what they find.
 */
import { messageOf } from '../errors.ts'
import type { Ports } from '../ports.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Slices } from '../time/slices.ts'
import type { Timers } from '../time/timers.ts'

/** Targets that share labels. Own labels win over shared ones. */
export interface TargetGroup {
  /** Unique within the source, for people and for order. */
  readonly source: string
  readonly labels: ReadonlyMap<string, string>
  readonly targets: readonly ReadonlyMap<string, string>[]
}

/** Looks for targets until told to stop. */
export interface Discovery {
  /** Resolves after `signal` aborted. Never rejects for what the network or files contain. */
  run(signal: AbortSignal, on: Found): Promise<void>
}

/** Whom a source tells. Nothing is heard any more after the signal aborted. */
export interface Found {
  /**
   * ALL groups that there are now, whenever they may have changed. They are kept: don't write to them afterwards. `problem`: for
   * people, when a part of them couldn't be looked at; what was found there last is among the groups then.
   */
  found(groups: readonly TargetGroup[], problem?: string): void
  /** A look failed; the groups found last stay in force. For people, without secrets. */
  failed(message: string): void
  /** How long a look took, whether or not it found something. For sources that ask again and again. */
  looked?(seconds: number): void
}

/** What a look found that failed in part: see Found. */
export interface PartlyFound {
  readonly groups: readonly TargetGroup[]
  readonly problem: string | undefined
}

/** What a source may use. */
export interface DiscoverySurroundings {
  readonly ports: Ports
  readonly timers: Timers
  readonly log: Logger
  /** Long work of all sources together, and of whoever else has the same, leaves the event loop free. */
  readonly slices: Slices
  /** Such as `skein/0.1.0`. */
  readonly userAgent: string
}

/**
 * The kind that asks again and again: `look` at once, then every `intervalMs`, or as soon as the last look ends when that took
 * longer. `look` rejects with an Error whose message is for people, and ends soon after its signal aborted.
 */
export function refreshing(
  surroundings: Pick<DiscoverySurroundings, 'ports' | 'timers'>,
  intervalMs: number,
  look: (signal: AbortSignal) => Promise<readonly TargetGroup[] | PartlyFound>,
): Discovery {
  const { clock } = surroundings.ports

  async function lookOnce(signal: AbortSignal, on: Found): Promise<void> {
    const start = clock.monotonic()
    const took = (): void => on.looked?.((clock.monotonic() - start) / 1000)
    let found: readonly TargetGroup[] | PartlyFound
    try {
      found = await look(signal)
    } catch (thrown) {
      if (signal.aborted) return
      took()
      on.failed(messageOf(thrown))
      return
    }
    if (signal.aborted) return
    took()
    if ('groups' in found) on.found(found.groups, found.problem)
    else on.found(found)
  }

  return {
    async run(signal, on) {
      while (!signal.aborted) {
        const next = clock.monotonic() + intervalMs
        await lookOnce(signal, on)
        await surroundings.timers.sleep(next - clock.monotonic(), signal)
      }
    },
  }
}
