/**
 * Live debugging: components show what flows through them to whoever watches, and tell how much it is. Owns who watches what, the
 * buffers of those who do, and the list of flows. While nobody watches a component, or the configuration doesn't allow it, nothing
 * is made, kept or called: a component looks at one boolean per batch. Never decides what a message says.
 */
import { withoutPasswords } from '../errors.ts'
import { MAX_LIVE_MESSAGE_CHARACTERS, MAX_LIVE_MESSAGES, MAX_SLICE_MS } from '../limits.ts'
import type { Clock, Random } from '../ports.ts'

/** Alloy's names; the others are of signals that there are no components for. */
export type FlowType = 'target' | 'prometheus_metric'

export interface Flow {
  readonly type: FlowType
  /** Of all that ever left the component; only differences mean anything. */
  total(): number
  /** Ids of the components that all of it goes to; undefined: to whoever refers to its exports. */
  to?(): readonly string[]
}

/** What a component that runs has to show. */
export interface Shown {
  /** Its id. */
  readonly component: string
  readonly flow?: Flow
  /** Tells what is there already, since somebody has begun to watch: targets change too rarely to wait for. */
  present?(): void
}

/** Where one component tells. */
export interface Tap {
  /** Whether somebody watches: to be looked at before anything is made ready for telling. */
  readonly watched: boolean
  /**
   * Tells messages, at once. `text` makes the one of an index from 0 to below `count`, and is called for no more of them than
   * somebody gets; undefined is no message. Ends early when making them takes too long.
   */
  tell(count: number, text: (index: number) => string | undefined): void
}

export interface WatchOptions {
  /** Of each message to be taken, 0 to 1. */
  readonly probability: number
  /** Watching has been forbidden: nothing comes any more. Not called after `close`. */
  readonly ended: () => void
}

export interface Watch {
  /** What was told since the last take, and how many more there would have been. */
  take(): { readonly messages: readonly string[]; readonly lost: number }
  close(): void
}

export interface Live {
  readonly enabled: boolean
  /** The `livedebugging` block. */
  setEnabled(enabled: boolean): void
  tap(component: string): Tap
  /** For as long as the component runs; returns how to sign out. */
  add(shown: Shown): () => void
  /** Those that are signed in and have a flow. */
  flows(): readonly (Shown & { readonly flow: Flow })[]
  /** Undefined while it is forbidden. */
  watch(component: string, options: WatchOptions): Watch | undefined
}

interface Watcher extends WatchOptions {
  messages: string[]
  lost: number
}

const NOBODY: readonly Watcher[] = []

export function createLive(clock: Pick<Clock, 'monotonic'>, random: Random): Live {
  let enabled = false
  const watchers = new Map<string, readonly Watcher[]>()
  const shown = new Map<string, Shown>()

  function tell(watcher: Watcher, count: number, text: (index: number) => string | undefined, until: number): void {
    const { probability, messages } = watcher
    for (let i = 0; i < count; i++) {
      if (messages.length >= MAX_LIVE_MESSAGES || (i % TEXTS_PER_LOOK === 0 && clock.monotonic() > until)) {
        watcher.lost += Math.round((count - i) * probability)
        return
      }
      if (probability < 1 && random.next() >= probability) continue
      const made = text(i)
      if (made === undefined) continue
      const message = withoutPasswords(made)
      const cut = message.length > MAX_LIVE_MESSAGE_CHARACTERS
      messages.push(cut ? `${message.slice(0, MAX_LIVE_MESSAGE_CHARACTERS)}…` : message)
    }
  }

  function close(component: string, watcher: Watcher): void {
    const left = (watchers.get(component) ?? NOBODY).filter((one) => one !== watcher)
    if (left.length === 0) watchers.delete(component)
    else watchers.set(component, left)
  }

  return {
    get enabled() {
      return enabled
    },
    setEnabled(next) {
      enabled = next
      if (enabled) return
      const all = [...watchers.values()].flat()
      watchers.clear()
      for (const watcher of all) watcher.ended()
    },
    tap: (component) => ({
      get watched() {
        return watchers.size > 0 && watchers.has(component)
      },
      tell(count, text) {
        const until = clock.monotonic() + MAX_SLICE_MS
        for (const watcher of watchers.get(component) ?? NOBODY) tell(watcher, count, text, until)
      },
    }),
    add(one) {
      shown.set(one.component, one)
      if (watchers.has(one.component)) one.present?.()
      return () => {
        // The one that took its place, when the component was replaced, stays.
        if (shown.get(one.component) === one) shown.delete(one.component)
      }
    },
    flows: () => [...shown.values()].filter((one): one is Shown & { readonly flow: Flow } => one.flow !== undefined),
    watch(component, options) {
      if (!enabled) return undefined
      const watcher: Watcher = { ...options, messages: [], lost: 0 }
      const others = watchers.get(component) ?? NOBODY
      // What is there already is news for this one alone.
      watchers.set(component, [watcher])
      shown.get(component)?.present?.()
      watchers.set(component, [...others, watcher])
      return {
        take() {
          const { messages, lost } = watcher
          watcher.messages = []
          watcher.lost = 0
          return { messages, lost }
        },
        close: () => close(component, watcher),
      }
    },
  }
}

/** Between two looks at the clock: a message takes some 10 µs to make. */
const TEXTS_PER_LOOK = 32
