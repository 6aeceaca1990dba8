/** One membership machine under a test's own clock and random numbers. */
import { createMembership, step } from '../../../core/cluster/membership/membership.ts'
import type { Effect, Event, Membership } from '../../../core/cluster/membership/types.ts'
import { timing } from '../../../core/cluster/timing.ts'
import { VERSIONS } from '../../../core/cluster/wire/messages.ts'
import { packPackets, unpackPacket } from '../../../core/cluster/wire/packet.ts'
import type { Alive, Message, NodeState, PushPull } from '../../../core/cluster/wire/types.ts'
import { addressOf, seeded } from '../lan.ts'

export interface Machine {
  readonly m: Membership
  now: number
  /** One step at `now`; its effects. */
  does(event: Event): readonly Effect[]
  hears(...messages: Message[]): readonly Effect[]
  merges(pushPull: Partial<PushPull>): readonly Effect[]
  /** Wakes it at each of its own times until `until`; all effects. */
  runs(until: number): readonly Effect[]
}

export const META = { version: '1', runtime: 'test', configHash: '', started: 1_000 }

export function machine(options: { start?: boolean; seed?: number; probeIntervalMs?: number } = {}): Machine {
  const random = seeded(options.seed ?? 7)
  const settings = { name: 'me', address: addressOf(1), meta: META, timing: timing(options.probeIntervalMs ?? 1_000) }
  const m = createMembership(settings, random)
  const self: Machine = {
    m,
    now: 1_000,
    does: (event) => step(m, event, self.now, random),
    hears: (...messages) => self.does({ kind: 'packet', messages, from: undefined }),
    merges: (pushPull) =>
      self.does({ kind: 'merge', pushPull: { join: false, members: [], states: undefined, ...pushPull } }),
    runs(until) {
      const effects: Effect[] = []
      while (m.wakeAt <= until) {
        self.now = m.wakeAt
        effects.push(...self.does({ kind: 'wake' }))
      }
      self.now = until
      return effects
    },
  }
  if (options.start ?? true) self.does({ kind: 'start' })
  return self
}

export function alive(node: string, host: number, incarnation = 1, more: Partial<Alive> = {}): Alive {
  return { kind: 'alive', incarnation, node, address: addressOf(host), meta: undefined, versions: VERSIONS, ...more }
}

export function suspect(node: string, incarnation: number, from: string): Message {
  return { kind: 'suspect', incarnation, node, from }
}

export function dead(node: string, incarnation: number, from: string): Message {
  return { kind: 'dead', incarnation, node, from }
}

export function state(node: string, to: NodeState, time: number): Message {
  return { kind: 'state', node, state: to, time: BigInt(time) }
}

/** What packets of these effects say, with where they go. */
export function said(effects: readonly Effect[]): { readonly to: string; readonly messages: readonly Message[] }[] {
  return effects.flatMap((effect) => {
    if (effect.kind !== 'send') return []
    const messages = packPackets(effect.parts, { label: '', crc: effect.crc }).flatMap((packet) => {
      const unpacked = unpackPacket(packet, '')
      return 'ok' in unpacked ? [] : unpacked.messages
    })
    return [{ to: effect.to, messages }]
  })
}

/** What waits to be gossiped about a node. */
export function queued(m: Membership, node: string): Message | undefined {
  const bytes = m.memberQueue.byKey.get(node)?.bytes
  if (bytes === undefined) return undefined
  const unpacked = unpackPacket(bytes, '')
  return 'ok' in unpacked ? undefined : unpacked.messages[0]
}
