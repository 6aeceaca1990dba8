/** Finds a target of this node's own jobs by its key; any node knows all targets of the jobs that are shared. */
import type { U64 } from '../hash/u64.ts'
import type { TargetLabels } from '../ownership/distribute.ts'
import type { Shares } from '../ownership/types.ts'
import type { Slices } from '../time/slices.ts'
import { keysOfGiven } from './given-keys.ts'
import type { ScrapeJob } from './reports.ts'

export interface Located {
  readonly job: ScrapeJob
  /** As they were given. */
  readonly labels: TargetLabels
  readonly key: U64
  /** By which its job is split at the moment; undefined when its targets aren't shared, or are still being split. */
  readonly shares: Shares | undefined
}

export interface Locating {
  /** `key`: 16 hexadecimal digits. Undefined when there is no such target. */
  find(job: ScrapeJob, key: string): Promise<Located | undefined>
}

const KEYS_PER_STEP = 65_536

export function createLocating(slices: Slices): Locating {
  return {
    async find(job, text) {
      const key = { hi: Number.parseInt(text.slice(0, 8), 16), lo: Number.parseInt(text.slice(8), 16) }
      const distribution = job.distribution()
      const { targets, keys } = distribution?.keyed ?? (await keysOfGiven(job.given(), slices))
      const index = await slices.run(indexOf(keys, key))
      return index < 0 ? undefined : { job, labels: targets[index], key, shares: distribution?.shares }
    },
  }
}

/** Of equal ones the first counts; see KeyedTargets. */
function* indexOf(keys: Uint32Array, { hi, lo }: U64): Generator<undefined, number> {
  for (let i = 0; 2 * i < keys.length; i++) {
    if (keys[2 * i] === hi && keys[2 * i + 1] === lo) return i
    if (i % KEYS_PER_STEP === KEYS_PER_STEP - 1) yield
  }
  return -1
}
