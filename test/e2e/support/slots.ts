/**
 * Judges, from what targets saw, what a change of the cluster did to them: which moved, and how many scrapes each missed or
 * had twice. Knows nothing of the agents.
 */

/** One target was asked by one node; milliseconds of one monotonic clock. */
export interface Scrape {
  readonly target: number
  readonly node: string
  readonly at: number
}

export interface Window {
  /** The beginning of the calm before the event. */
  readonly from: number
  readonly event: number
  /** The end of the calm after it. */
  readonly to: number
}

export interface TargetOutcome {
  readonly target: number
  /** Who scraped it last before the event, and at the end; undefined when nobody did. */
  readonly before: string | undefined
  readonly after: string | undefined
  readonly missed: number
  readonly doubled: number
  /** How many times the node changed from one scrape to the next. */
  readonly changes: number
  /** From the event to the first scrape by another node than before, ms; undefined when there was none. */
  readonly resumed: number | undefined
  /** Where slots were missed or doubled: the gap's end, from the event on, and its length, ms. */
  readonly flaws: readonly { readonly at: number; readonly gap: number }[]
}

export interface EventOutcome {
  readonly targets: readonly TargetOutcome[]
  /** Targets that another node scrapes afterwards. */
  readonly moved: readonly TargetOutcome[]
  readonly share: number
  /** The most of one moved target. */
  readonly missed: number
  readonly doubled: number
  /** How many moved targets missed any, or had any twice. */
  readonly withMissed: number
  readonly withDoubled: number
  /** Unmoved targets with a missed or doubled scrape, or another node in between. */
  readonly disturbed: readonly TargetOutcome[]
  /** Of moved targets, ms. */
  readonly resumedMedian: number
  readonly resumedMax: number
}

export function judgeEvent(scrapes: readonly Scrape[], count: number, window: Window, interval: number): EventOutcome {
  const of: Scrape[][] = Array.from({ length: count }, () => [])
  for (const scrape of scrapes) {
    if (scrape.at >= window.from && scrape.at <= window.to) of[scrape.target]?.push(scrape)
  }
  const targets = of.map((mine, target) => judgeTarget(mine, target, window, interval))
  const moved = targets.filter(({ before, after }) => before !== after)
  const resumed = moved.map((one) => one.resumed ?? Infinity).sort((a, b) => a - b)
  return {
    targets,
    moved,
    share: moved.length / count,
    missed: Math.max(0, ...moved.map(({ missed }) => missed)),
    doubled: Math.max(0, ...moved.map(({ doubled }) => doubled)),
    withMissed: moved.filter(({ missed }) => missed > 0).length,
    withDoubled: moved.filter(({ doubled }) => doubled > 0).length,
    disturbed: targets.filter(
      ({ before, after, missed, doubled, changes }) => before === after && missed + doubled + changes > 0,
    ),
    resumedMedian: resumed[Math.floor(resumed.length / 2)] ?? 0,
    resumedMax: resumed.at(-1) ?? 0,
  }
}

/**
 * A gap of more than one and a half intervals is missed slots, two scrapes within half an interval are one slot twice. At the
 * ends of the window as well: a target that nobody scrapes any more misses all slots from then on.
 */
export function judgeTarget(
  unsorted: readonly Scrape[],
  target: number,
  { from, event, to }: Window,
  interval: number,
): TargetOutcome {
  const scrapes = unsorted.toSorted((a, b) => a.at - b.at)
  if (scrapes.length === 0) {
    const missed = Math.floor((to - from) / interval)
    const nobody = { before: undefined, after: undefined, resumed: undefined }
    return { target, ...nobody, missed, doubled: 0, changes: 0, flaws: [] }
  }
  const slotsAtEnd = (span: number): number => Math.max(0, Math.floor(span / interval - 0.5))
  const [first] = scrapes
  const last = scrapes[scrapes.length - 1]
  let missed = slotsAtEnd(first.at - from) + slotsAtEnd(to - last.at)
  let doubled = 0
  let changes = 0
  const flaws: { at: number; gap: number }[] = []
  for (let n = 1; n < scrapes.length; n++) {
    const gap = scrapes[n].at - scrapes[n - 1].at
    if (gap > 1.5 * interval) missed += Math.round(gap / interval) - 1
    if (gap < 0.5 * interval) doubled++
    if (gap > 1.5 * interval || gap < 0.5 * interval) {
      flaws.push({ at: Math.round(scrapes[n].at - event), gap: Math.round(gap) })
    }
    if (scrapes[n].node !== scrapes[n - 1].node) changes++
  }
  const before = scrapes.findLast(({ at }) => at < event)?.node
  const next = scrapes.find(({ at, node }) => at >= event && node !== before)
  return {
    target,
    before,
    after: to - last.at > 1.5 * interval ? undefined : last.node,
    missed,
    doubled,
    changes,
    resumed: next === undefined ? undefined : next.at - event,
    flaws,
  }
}
