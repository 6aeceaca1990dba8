/**
 * The size gate: below a minimum number of peers clustered work is held back, so that the first nodes of a large cluster
 * don't take everything. A pure state machine; timers and log lines are effects that cluster.ts carries out.
 *
 * Alloy's rules to the letter: once the deadline has passed the gate stays open however small the cluster is, until the
 * minimum was reached once; only then can it close again, with a fresh deadline.
 */
import type { Peers } from './peer.ts'

export interface GateSettings {
  /** 0 or less: there is no gate. */
  readonly minimum: number
  /** How long the gate stays closed at most; 0 or less: for ever. */
  readonly timeoutMs: number
}

export type GateState = 'not-ready' | 'ready' | 'deadline-passed'

export type GateEvent =
  | { readonly kind: 'start' }
  | { readonly kind: 'size'; readonly size: number }
  | { readonly kind: 'deadline' }

export type GateEffect =
  | { readonly kind: 'start-timer'; readonly ms: number }
  | { readonly kind: 'stop-timer' }
  | { readonly kind: 'log'; readonly level: 'info' | 'warn'; readonly message: string }

export interface GateStep {
  readonly state: GateState
  readonly effects: readonly GateEffect[]
}

const REACHED = 'minimum cluster size reached, marking cluster as ready to admit traffic'
const LOST = 'minimum cluster size requirements are not met - marking cluster as not ready for traffic'
const DEADLINE = 'deadline passed, marking cluster as ready to admit traffic'

export function initialGate({ minimum }: GateSettings): GateState {
  return minimum > 0 ? 'not-ready' : 'ready'
}

export function stepGate(state: GateState, event: GateEvent, settings: GateSettings): GateStep {
  if (settings.minimum <= 0) return { state: 'ready', effects: [] }
  switch (event.kind) {
    case 'start':
      return { state, effects: state === 'not-ready' ? startTimer(settings) : [] }
    case 'deadline':
      if (state !== 'not-ready') return { state, effects: [] }
      return { state: 'deadline-passed', effects: [{ kind: 'log', level: 'warn', message: DEADLINE }] }
    case 'size':
      if (event.size >= settings.minimum) {
        if (state === 'ready') return { state, effects: [] }
        return { state: 'ready', effects: [{ kind: 'stop-timer' }, { kind: 'log', level: 'info', message: REACHED }] }
      }
      if (state !== 'ready') return { state, effects: [] }
      return {
        state: 'not-ready',
        effects: [...startTimer(settings), { kind: 'log', level: 'warn', message: LOST }],
      }
  }
}

function startTimer({ timeoutMs }: GateSettings): readonly GateEffect[] {
  return timeoutMs > 0 ? [{ kind: 'start-timer', ms: timeoutMs }] : []
}

/** What the gate counts: nodes that own work or did a moment ago. Viewers own nothing. */
export function clusterSize(peers: Peers): number {
  let size = 0
  for (const { state } of peers) if (state !== 'viewer') size++
  return size
}
