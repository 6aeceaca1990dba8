/**
 * One job that shares its targets: keeps the split between this node and the others up to date as targets and shares change,
 * and hands on what changes. Owns when it is computed: in slices, ahead of time when a change of shares is announced.
 */
import type { Monotonic } from '../ports.ts'
import type { Slices } from '../time/slices.ts'
import {
  type Change,
  changeBetween,
  type Distribution,
  distribute,
  type KeyedTargets,
  keysOf,
  NO_TARGETS,
  type TargetLabels,
} from './distribute.ts'
import type { Ownership, Shares } from './types.ts'

export interface SharingDeps {
  readonly ownership: Ownership
  readonly slices: Slices
  /** Takes a change over. Called in the order in which changes take effect. */
  readonly take: (change: Change) => void
  /** Makes ready what a change that will soon come needs. */
  readonly prepare: (change: Change) => Promise<void>
}

export interface Sharing {
  /** Other targets; `take` is called when they are split, also when nothing changes by it. */
  setTargets(targets: readonly TargetLabels[]): void
  close(): void
}

export function createSharing({ ownership, slices, take, prepare }: SharingDeps): Sharing {
  let wanted: readonly TargetLabels[] | undefined
  let keyed: KeyedTargets = NO_TARGETS
  /** What was handed on last. */
  let current: Distribution | undefined
  /** Changes of shares that were announced, in order, computed as if nothing else happened before. */
  let ahead: { readonly base: Distribution; readonly change: Change }[] = []
  let announced: Shares[] = []
  let outdated = false
  let at: Monotonic | undefined
  let working: Promise<void> | undefined
  let closed = false

  const unsubscribe = ownership.subscribe({
    async prepare(next) {
      announced.push(next)
      await working
      await lookAhead(next)
    },
    changed(shares, since) {
      announced = announced.filter(({ version }) => version > shares.version)
      const ready = ahead.find(({ change }) => change.distribution.shares === shares)
      ahead = ahead.filter(({ change }) => change.distribution.shares.version > shares.version)
      if (ready !== undefined && ready.base === current && !outdated) handOn({ ...ready.change, at: since })
      else refresh(since)
    },
  })

  function handOn(change: Change): void {
    current = change.distribution
    take(change)
  }

  function refresh(since: Monotonic | undefined): void {
    if (closed || wanted === undefined) return
    // Of several changes the earliest counts: a place in the grid must not be missed.
    at = outdated ? earlier(at, since) : since
    outdated = true
    working ??= work().finally(() => {
      working = undefined
    })
  }

  async function work(): Promise<void> {
    while (outdated && !closed) {
      const targets = wanted as readonly TargetLabels[]
      const shares = ownership.shares()
      const change = await slices.run(split(targets, shares))
      // Other targets can wait until these are handed on, other shares can't.
      if (closed || shares !== ownership.shares()) continue
      outdated = targets !== wanted
      handOn({ ...change, at })
      at = undefined
      ahead = []
      for (const next of announced) await lookAhead(next)
    }
  }

  function* split(targets: readonly TargetLabels[], shares: Shares): Generator<undefined, Change> {
    keyed = yield* keysOf(targets, keyed)
    return yield* changeBetween(current, yield* distribute(keyed, shares), undefined)
  }

  async function lookAhead(next: Shares): Promise<void> {
    const base = ahead.at(-1)?.change.distribution ?? current
    if (closed || base === undefined || outdated || !announced.includes(next)) return
    if (ahead.some(({ change }) => change.distribution.shares === next)) return
    const change = await slices.run(following(base, next))
    if (closed || !announced.includes(next)) return
    ahead.push({ base, change })
    await prepare(change)
  }

  return {
    setTargets(targets) {
      wanted = targets
      refresh(undefined)
    },
    close() {
      closed = true
      unsubscribe()
    },
  }
}

function* following(base: Distribution, next: Shares): Generator<undefined, Change> {
  return yield* changeBetween(base, yield* distribute(base.keyed, next), undefined)
}

function earlier(a: Monotonic | undefined, b: Monotonic | undefined): Monotonic | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b)
}
