/** One source, several receivers: every batch goes to each of them, in order, and a receiver can come or go in between. */
import type { Batch, Receiver, SeriesSource, Sink } from './batch.ts'

export interface Fanout extends Sink {
  /** Opens sinks for receivers that are new, closes those that are gone, and leaves the others alone. */
  setReceivers(receivers: readonly Receiver[]): void
}

export function createFanout(source: SeriesSource, receivers: readonly Receiver[]): Fanout {
  let sinks = new Map<Receiver, Sink>()

  function setReceivers(next: readonly Receiver[]): void {
    const kept = new Map<Receiver, Sink>()
    for (const receiver of next) {
      if (!kept.has(receiver)) kept.set(receiver, sinks.get(receiver) ?? receiver.open(source))
    }
    for (const [receiver, sink] of sinks) if (!kept.has(receiver)) sink.close()
    sinks = kept
  }

  setReceivers(receivers)
  return {
    setReceivers,
    append(batch: Batch): Promise<void> | undefined {
      let pending: Promise<void>[] | undefined
      for (const sink of sinks.values()) {
        const work = sink.append(batch)
        if (work !== undefined) (pending ??= []).push(work)
      }
      return pending === undefined ? undefined : Promise.all(pending).then(nothing)
    },
    close() {
      for (const sink of sinks.values()) sink.close()
      sinks = new Map()
    },
  }
}

function nothing(): void {}
