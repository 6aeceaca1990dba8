/**
 * Words of the membership state machine: what it knows, what it is told, and what it wants done. Everything is plain data;
 * times are moments of the monotonic clock.
 */
import type { Monotonic, Random } from '../../ports.ts'
import type { PeerAddress } from '../address.ts'
import type { PeerMeta } from '../peer.ts'
import type { States } from '../states.ts'
import type { Timing } from '../timing.ts'
import type { Urgency } from '../transport.ts'
import type { Alive, Dead, MemberState, Message, NodeState, PushPull } from '../wire/types.ts'
import type { Broadcasts, Token } from './broadcasts.ts'

/** What ckit counts. */
export type GossipEvent =
  | 'state_change_message'
  | 'unknown_message'
  | 'get_local_state'
  | 'merge_remote_state'
  | 'node_join'
  | 'node_leave'
  | 'node_update'
  | 'node_conflict'

export interface Member {
  readonly name: string
  address: PeerAddress
  /** As announced, passed on unchanged. */
  meta: Uint8Array | undefined
  /** The same, understood; undefined for a node that isn't skein. */
  about: PeerMeta | undefined
  versions: Uint8Array
  incarnation: number
  state: MemberState
  /** When `state` last changed; -Infinity when it never did. */
  changedAt: Monotonic
  /** When it last spoke itself: see heard.ts. -Infinity when it never did. Decides nothing; people are told. */
  heardAt: Monotonic
  suspicion: Suspicion | undefined
}

export interface Suspicion {
  startedAt: Monotonic
  /** When the member is declared dead; shortly before, it is pinged for the last time. */
  endsAt: Monotonic
  readonly leastMs: number
  readonly wanted: number
  /** The first accuser and those that count as confirmations. */
  readonly accusers: Set<string>
}

/** This node's look at one other, one at a time. */
export interface Probe {
  readonly member: Member
  /** Where the member was when it began. */
  readonly address: PeerAddress
  readonly incarnation: number
  readonly seq: number
  /** When others are asked to try. */
  askAt: Monotonic
  endsAt: Monotonic
  asked: boolean
  nacksExpected: number
  nacks: number
}

/** A probe made for somebody else. */
export interface Relay {
  readonly seq: number
  readonly to: PeerAddress
  /** When a nack is due; +Infinity when none is wanted or it was sent. */
  nackAt: Monotonic
  endsAt: Monotonic
}

/** What is said of a member, and waits for the member's own answer. */
export type Claim = Alive | Dead

/** A member is asked whether it still lives, since somebody claims its name from another address, or says that it is dead. */
export interface Challenge {
  /** Of the pings to whom is being asked. */
  seq: number
  readonly holder: PeerAddress
  claim: Claim
  /** First the holder; when it is silent the address that claims its name, until that has answered. */
  asking: 'holder' | 'claimant' | 'answered'
  pings: number
  nextAt: Monotonic
}

/** Another node under our own name. */
export interface Rival {
  /** `checking`: is it there at all? `yielding`: it is, and we behave as absent. */
  phase: 'checking' | 'yielding'
  alive: Alive
  address: PeerAddress
  seq: number
  unanswered: number
  /** Ask in quick succession, since there is reason to believe that it is gone. */
  quick: boolean
  nextAt: Monotonic
}

export interface Membership {
  readonly name: string
  readonly address: PeerAddress
  readonly timing: Timing
  readonly versions: Uint8Array
  meta: Uint8Array | undefined
  about: PeerMeta | undefined
  readonly members: Map<string, Member>
  /** The same members in the order of probing. */
  readonly list: Member[]
  /** Of them, alive or suspect. */
  living: number
  /** Rises whenever somebody joins or leaves: as long as it stays, the same names live. */
  composition: number
  cursor: number
  incarnation: number
  seq: number
  left: boolean
  score: number
  /** What this node wants to be; what it has told the others is in `states`. */
  desired: NodeState
  readonly states: States
  readonly memberQueue: Broadcasts
  readonly stateQueue: Broadcasts
  /**
   * Members that came back from the dead, and whose state was forgotten when they died. Exchanges that came before their
   * return did not count for them, and gossip about their state is long over.
   */
  readonly stateless: Set<string>
  stateAt: Monotonic
  probe: Probe | undefined
  readonly relays: Map<number, Relay>
  readonly challenges: Map<string, Challenge>
  rival: Rival | undefined
  /** When a rival that has to yield was last told of us. */
  toldRivalAt: Monotonic
  started: boolean
  probeAt: Monotonic
  gossipAt: Monotonic
  exchangeAt: Monotonic
  /** Not later than the last look at anybody under suspicion. */
  suspicionAt: Monotonic
  /** Not later than any deadline of relays and challenges. */
  askedAt: Monotonic
  /** When the machine wants to be woken: always after the step that said so. */
  wakeAt: Monotonic
  readonly events: Record<GossipEvent, number>
  broadcasts: number
  readonly dropped: Map<string, number>
  quietUntil: Monotonic
}

export type Event =
  /** Timers begin to run. */
  | { readonly kind: 'start' }
  /** `wakeAt` has come. */
  | { readonly kind: 'wake' }
  | { readonly kind: 'packet'; readonly messages: readonly Message[]; readonly from: PeerAddress | undefined }
  /** What another node knows, from an exchange that either side opened; `from` is it when this side did. */
  | { readonly kind: 'merge'; readonly pushPull: PushPull; readonly from?: PeerAddress }
  /** The own state from now on, not told to anybody yet. */
  | { readonly kind: 'intend'; readonly to: NodeState }
  /** Tells the others of the intended state; `spread` comes with the token when gossip has done so. */
  | { readonly kind: 'announce'; readonly token: Token }
  | { readonly kind: 'set-meta'; readonly meta: PeerMeta }
  | { readonly kind: 'leave'; readonly token: Token }

export interface Destination {
  readonly address: PeerAddress
  /** Whether it understands checksums. */
  readonly crc: boolean
}

export type Effect =
  /** One packet, or several when the parts are too many for one. */
  | {
      readonly kind: 'send'
      readonly to: PeerAddress
      readonly parts: readonly Uint8Array[]
      readonly crc: boolean
      readonly urgency: Urgency
    }
  /** The same to several at once; when `everyone` is among them and took it, what `token` names is known to all. */
  | {
      readonly kind: 'tell'
      readonly to: readonly Destination[]
      readonly bytes: Uint8Array
      readonly token: Token | undefined
      readonly everyone: boolean
    }
  | { readonly kind: 'exchange'; readonly with: PeerAddress }
  /** A broadcast with a token was handed out often enough, or replaced. */
  | { readonly kind: 'spread'; readonly token: Token }
  /** Peers or conflict are not what they were. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'log'; readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly message: string }

/** What one step works with. */
export interface Turn {
  readonly now: Monotonic
  readonly random: Random
  readonly effects: Effect[]
  readonly finished: Token[]
  changed: boolean
}
