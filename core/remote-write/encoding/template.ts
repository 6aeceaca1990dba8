/**
 * What an endpoint remembers of one source: the answer to every slot that it was asked once, and the series as its protocol
 * wants them. A batch is taken in two steps. *Planning*, only when its layout or a rule changed, asks and encodes what is new and
 * notes for each sample which series it belongs to. *Taking* checks that each is newer than the last one of its series
 * (identity.ts) and gives what is to be sent: by 1.0, messages with values and timestamps patched in place (patching.ts); by
 * 2.0, the rows of the batch, to be written with the references of the request that they end up in (checking.ts).
 */
import { hashBytes } from '../../hash/murmur.ts'
import { type Batch, NO_SLOT, type SeriesSource } from '../../series/batch.ts'
import { grown } from './bytes.ts'
import { createChecking } from './checking.ts'
import type { Encoding } from './encoding.ts'
import type { Identity } from './identity.ts'
import { labelBytes } from './label-bytes.ts'
import { createMessages } from './messages.ts'
import { createPatching } from './patching.ts'
import { NONE, type Plan, type Taking } from './plan.ts'
import { createReferences } from './references.ts'
import { HOLE, type Store } from './store.ts'
import { createTaken, resetTaken, type Taken } from './taken.ts'

export interface Template {
  /**
   * Asks and encodes what is new in the batch, the part that can take long; false when `over` said to stop before the end:
   * then it is to be called again. What the batch before gave must have been sent on.
   */
  prepare(batch: Batch, encoding: Encoding, over: () => boolean): boolean
  /** Prepares what isn't yet, and takes what is new. */
  take(batch: Batch, encoding: Encoding): Taken
  /** Order domains this source belongs to: its own, and those of sources it shares series with. */
  readonly orders: ReadonlySet<number>
  readonly series: number
  /** Releases its series. What it last gave must have been sent on. */
  close(): void
}

/** Answers to a slot other than index + 1 of its entry. */
const UNKNOWN = 0
const DROPPED_BEFORE = -1
const DROPPED_HERE = -2
/** An entry not needed in this many plans is freed; its series comes back at the price of encoding it again. */
const KEEP_PLANS = 10
/** Series encoded between two looks at the clock: about 0.2 ms. */
const LEARN_AT_ONCE = 64

export function createTemplate(
  source: SeriesSource,
  identity: Identity,
  order: number,
  seeds: readonly [number, number],
): Template {
  const orders = new Set([order])
  const plan: Plan = { indexes: new Int32Array(0), count: 0 }
  const taken = createTaken()
  let store: Store = createMessages()
  let taking: Taking | undefined
  let answers = new Int32Array(0)
  let generations = new Uint32Array(0)

  let plannedLayout = Number.NaN
  let plannedVersion = -1
  let plannedEncoding: Encoding | undefined
  /** While a plan is being made: the first sample not looked at yet. */
  let planned: number | undefined
  let plans = 0
  let droppedInPlan = 0

  function take(batch: Batch, encoding: Encoding): Taken {
    prepare(batch, encoding, never)
    resetTaken(taken)
    taken.dropped = droppedInPlan
    if (batch.histograms !== undefined && droppedInPlan > 0) {
      for (const row of batch.histograms.keys()) {
        if (answers[batch.slots[row]] === DROPPED_HERE) taken.histograms.dropped++
      }
    }
    taking?.take(batch, encoding)
    return taken
  }

  function prepare(batch: Batch, encoding: Encoding, over: () => boolean): boolean {
    const { slots, count, layout } = batch
    if (source.version !== plannedVersion || encoding !== plannedEncoding) {
      if (encoding !== plannedEncoding) adopt(encoding)
      else forgetAll()
      plannedVersion = source.version
      plannedEncoding = encoding
      planned = 0
    } else if (layout !== plannedLayout) {
      planned ??= 0
    }
    if (planned === undefined) return true
    plannedLayout = Number.NaN
    const { generations: current } = source
    let learned = 0
    for (let i = planned; i < count; i++) {
      const slot = slots[i]
      if (slot === NO_SLOT) continue
      if (slot < answers.length && answers[slot] !== UNKNOWN && generations[slot] === current[slot]) continue
      learn(slot, encoding)
      if (learned === LEARN_AT_ONCE) store.expect(store.entries.count + count - i)
      if (++learned % LEARN_AT_ONCE !== 0 || !over()) continue
      planned = i + 1
      return false
    }
    if (learned >= LEARN_AT_ONCE) store.fit()
    makePlan(slots, count)
    plannedLayout = layout
    planned = undefined
    return true
  }

  /** Another way to encode: nothing of what is there can be used. */
  function adopt({ symbols }: Encoding): void {
    forgetAll()
    if (symbols === undefined) {
      const messages = createMessages()
      store = messages
      taking = createPatching(messages, identity, plan, taken)
    } else {
      const references = createReferences(symbols)
      store = references
      taking = createChecking(references, identity, plan, taken)
    }
  }

  function makePlan(slots: Uint32Array, count: number): void {
    plans++
    const { stamps, slots: owners, count: entries } = store.entries
    for (let i = 0; i < count; i++) {
      const answer = answers[slots[i]]
      if (answer > 0) stamps[answer - 1] = plans
    }
    for (let index = 0; index < entries; index++) {
      if (owners[index] !== HOLE && plans - stamps[index] > KEEP_PLANS) forget(index)
    }
    store.compact((slot, index) => {
      answers[slot] = index + 1
    })
    placeSamples(slots, count)
    taking?.planned(plans)
  }

  function placeSamples(slots: Uint32Array, count: number): void {
    plan.indexes = grown(plan.indexes, count)
    plan.count = count
    droppedInPlan = 0
    for (let i = 0; i < count; i++) {
      const answer = answers[slots[i]]
      plan.indexes[i] = answer > 0 ? answer - 1 : NONE
      if (answer === DROPPED_HERE) droppedInPlan++
    }
  }

  function learn(slot: number, encoding: Encoding): void {
    answers = grown(answers, slot + 1)
    generations = grown(generations, slot + 1)
    if (answers[slot] > 0) forget(answers[slot] - 1)
    generations[slot] = source.generations[slot]
    const given = source.labels(slot)
    const labels = given === undefined ? undefined : encoding.labels(given)
    if (labels === undefined) {
      answers[slot] = given === undefined ? DROPPED_BEFORE : DROPPED_HERE
      return
    }
    const metadata = encoding.metadata ? source.metadata(slot) : undefined
    if (metadata !== undefined && encoding.protocol === '1.0') encoding.family?.(metadata)
    const encoded = labelBytes(labels)
    const index = store.add(slot, encoded, metadata)
    answers[slot] = index + 1
    const { bytes, length } = encoded.buffer
    const cell = identity.acquire(hashBytes(bytes, 0, length, seeds[0]), hashBytes(bytes, 0, length, seeds[1]), order)
    store.entries.cells[index] = cell
    orders.add(identity.orderOf(cell))
  }

  function forget(index: number): void {
    const { slots, cells } = store.entries
    answers[slots[index]] = UNKNOWN
    identity.release(cells[index])
    store.remove(index)
  }

  function forgetAll(): void {
    const { count, slots, cells } = store.entries
    for (let index = 0; index < count; index++) if (slots[index] !== HOLE) identity.release(cells[index])
    store.clear()
    answers.fill(UNKNOWN)
  }

  return {
    prepare,
    take,
    orders,
    get series() {
      return store.entries.live
    },
    close: forgetAll,
  }
}

function never(): boolean {
  return false
}
