/** A few nodes in one process on a fake clock, and a network between them that loses nothing unless a test cuts it. */
import { type ClusterNode, createNode } from '../../core/cluster/node.ts'
import type { PeerMeta } from '../../core/cluster/peer.ts'
import { timing } from '../../core/cluster/timing.ts'
import type { PeerReceiver, PeerTransport } from '../../core/cluster/transport.ts'
import type { Random } from '../../core/ports.ts'
import { createTimers } from '../../core/time/timers.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { type RecordingLog, recordingLog } from '../support/recording-log.ts'

export interface LanNode extends ClusterNode {
  readonly log: RecordingLog
  /** Packets sent since the start. */
  readonly sent: () => number
}

export interface NodeOptions {
  /** Last byte of the address; also of the port. */
  readonly host: number
  readonly meta?: Partial<PeerMeta>
  readonly label?: string
  readonly probeIntervalMs?: number
  readonly start?: boolean
}

export interface Lan {
  readonly clock: FakeClock
  add(name: string, options: NodeOptions): LanNode
  /** Pulls the plug: nothing is sent or received any more, and nobody is told. */
  crash(node: ClusterNode): void
  /** Whether packets and exchanges get from one address to the other. */
  reaches: (from: string, to: string) => boolean
  /** Advances by steps until the condition holds; how long it took, or undefined after `withinMs`. */
  until(withinMs: number, condition: () => boolean): Promise<number | undefined>
}

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0
      let t = state
      t = Math.imul(t ^ (t >>> 15), t | 1)
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296
    },
  }
}

export function addressOf(host: number): string {
  return `10.0.0.${host}:12345`
}

export function createLan(seed = 1, latencyMs = 2): Lan {
  const clock = createFakeClock()
  const timers = createTimers(clock)
  const receivers = new Map<string, PeerReceiver>()
  const lan: Lan = {
    clock,
    reaches: () => true,
    add(name, { host, meta, label = '', probeIntervalMs = 1_000, start = true }) {
      const address = addressOf(host)
      let sent = 0
      let node: ClusterNode | undefined
      const linked = (to: string): PeerReceiver | undefined =>
        receivers.get(address) === node && lan.reaches(address, to) ? receivers.get(to) : undefined
      const transport: PeerTransport = {
        async send(to, packet) {
          sent++
          if (linked(to) === undefined) {
            await timers.sleep(latencyMs)
            return false
          }
          await timers.sleep(latencyMs)
          const receiver = lan.reaches(address, to) ? receivers.get(to) : undefined
          receiver?.packet(packet, address)
          return receiver !== undefined
        },
        async exchange(to, request) {
          await timers.sleep(latencyMs)
          const receiver = linked(to)
          if (receiver === undefined || !lan.reaches(to, address)) return { ok: false, reason: 'connection refused' }
          const answer = receiver.stream(request, address)
          await timers.sleep(latencyMs)
          if (answer.kind !== 'answer') return { ok: false, reason: `closed: ${answer.kind}` }
          return { ok: true, answer: answer.bytes }
        },
        close() {},
      }
      const log = recordingLog()
      node = createNode(
        {
          name,
          address,
          label,
          meta: { version: '1.0.0', runtime: 'test', configHash: '', started: 1_000, ...meta },
          timing: timing(probeIntervalMs),
        },
        { clock, timers, random: seeded(seed * 1_000 + host), transport, log },
      )
      receivers.set(address, node)
      if (start) node.start()
      return { ...node, log, sent: () => sent }
    },
    crash(node) {
      receivers.delete(node.address)
      node.stop()
    },
    async until(withinMs, condition) {
      const start = clock.monotonic()
      for (;;) {
        if (condition()) return clock.monotonic() - start
        if (clock.monotonic() - start >= withinMs) return undefined
        await clock.advance(20)
      }
    },
  }
  return lan
}

/** `name=state` of all peers, in order. */
export function view(node: ClusterNode): string {
  return node
    .peers()
    .map(({ name, state }) => `${name}=${state}`)
    .join(' ')
}

export function addresses(node: ClusterNode): string {
  return node
    .peers()
    .map(({ name, address }) => `${name}@${address.slice('10.0.0.'.length).split(':')[0]}`)
    .join(' ')
}
