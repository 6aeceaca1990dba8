/**
 * A network of bytes between processes: latency per link, loss, duplication, reordering, partitions in one or both
 * directions, and the difference between a machine that refuses and one that is silent. The bytes are production's.
 */
import type { PeerAddress } from '../../core/cluster/address.ts'
import type { ExchangeOutcome, PeerReceiver, PeerTransport } from '../../core/cluster/transport.ts'
import type { Agenda } from './agenda.ts'
import type { Journal } from './journal.ts'
import type { Machine } from './machine.ts'
import { type Draw, hash4 } from './random.ts'

/** What listens at an address. */
export interface Listener {
  readonly name: string
  readonly machine: Machine
  readonly receiver: PeerReceiver
}

/** A fault of the network while it lasts. Shares are probabilities per packet and direction. */
export interface Weather {
  readonly loss: number
  readonly duplication: number
  /** Share of packets that are held up for up to `reorderMs`. */
  readonly reordering: number
  readonly reorderMs: number
  /** Up to so much more for every packet. */
  readonly delayMs: number
}

export const FAIR: Weather = { loss: 0, duplication: 0, reordering: 0, reorderMs: 0, delayMs: 0 }

/** Looks at a packet on its way, and may replace or drop it (undefined): for mutants. */
export type Tap = (packet: Uint8Array, from: PeerAddress, to: PeerAddress) => Uint8Array | undefined

export interface NetworkCounts {
  packets: number
  bytes: number
  exchanges: number
  exchangeBytes: number
}

export interface Network {
  transport(from: PeerAddress, machine: Machine): PeerTransport
  listen(address: PeerAddress, listener: Listener): void
  /** The process is gone; `silent` when its machine is, too. */
  close(address: PeerAddress, silent: boolean): void
  weather: Weather
  /** Whether packets pass from one address to the other: partitions. */
  passes: (from: PeerAddress, to: PeerAddress) => boolean
  tap: Tap | undefined
  readonly counts: NetworkCounts
}

export interface NetworkOptions {
  /** Least and greatest base latency of a link, ms. */
  readonly latency: readonly [number, number]
}

/** How long a sender waits for an answer that doesn't come. */
const SILENCE_MS = 2_000
const SEGMENT = 20_000

export function createNetwork(agenda: Agenda, draw: Draw, journal: Journal, options: NetworkOptions): Network {
  const listeners = new Map<PeerAddress, Listener>()
  const refusing = new Set<PeerAddress>()
  const ids = new Map<PeerAddress, number>()
  const [salt] = hash4(`${draw.next()}`)
  const [least, greatest] = options.latency

  const network: Network = {
    transport,
    listen(address, listener) {
      listeners.set(address, listener)
      refusing.delete(address)
    },
    close(address, silent) {
      listeners.delete(address)
      if (!silent) refusing.add(address)
    },
    weather: FAIR,
    passes: () => true,
    tap: undefined,
    counts: { packets: 0, bytes: 0, exchanges: 0, exchangeBytes: 0 },
  }

  function id(address: PeerAddress): number {
    let known = ids.get(address)
    if (known === undefined) {
      known = ids.size + 1
      ids.set(address, known)
    }
    return known
  }

  /** Each direction of each link has a base of its own; now and then a packet takes several times as long. */
  function latency(from: PeerAddress, to: PeerAddress): number {
    const mixed = Math.imul(Math.imul(id(from), 0x9e3779b1) ^ Math.imul(id(to), 0x85ebca6b) ^ salt, 0xc2b2ae35)
    const base = least + ((mixed >>> 8) / 0x1000000) * (greatest - least)
    const u = draw.next()
    const { delayMs, reordering, reorderMs } = network.weather
    let ms = base * (1 + 4 * u * u * u * u * u)
    if (delayMs > 0) ms += delayMs * draw.next()
    if (reordering > 0 && draw.chance(reordering)) ms += reorderMs * draw.next()
    // Thousandths of a millisecond, so that times print exactly.
    return Math.ceil(ms * 1000) / 1000
  }

  function lost(from: PeerAddress, to: PeerAddress): boolean {
    return !network.passes(from, to) || (network.weather.loss > 0 && draw.chance(network.weather.loss))
  }

  function transport(from: PeerAddress, machine: Machine): PeerTransport {
    let closed = false
    // As TCP shows it: the address is the sender's, the port is not.
    const seenAs = `${from.slice(0, from.lastIndexOf(':'))}:${40_000 + id(from)}`

    async function send(to: PeerAddress, packet: Uint8Array): Promise<boolean> {
      if (closed) return false
      network.counts.packets++
      network.counts.bytes += packet.length
      const bytes = network.tap === undefined ? packet.slice() : network.tap(packet.slice(), from, to)
      const taken = await new Promise<boolean>((resolve) => {
        const end = (ok: boolean) => machine.enter(() => resolve(ok))
        const silence = agenda.after(SILENCE_MS, () => end(false))
        if (lost(from, to) || bytes === undefined) return
        const arrive = (answers: boolean) => {
          const listener = listeners.get(to)
          if (listener === undefined && !refusing.has(to)) return
          const back = () => {
            if (!answers || lost(to, from)) return
            agenda.after(latency(to, from), () => {
              silence.cancel()
              end(listener !== undefined)
            })
          }
          if (listener === undefined) return back()
          listener.machine.enter(() => {
            journal.fold(agenda.now, `${from}>${to}`, bytes)
            back()
            listener.receiver.packet(bytes.slice(), seenAs)
          })
        }
        agenda.after(latency(from, to), () => arrive(true))
        const { duplication } = network.weather
        if (duplication > 0 && draw.chance(duplication)) agenda.after(latency(from, to), () => arrive(false))
      })
      return taken && !closed
    }

    function exchange(to: PeerAddress, request: Uint8Array, deadline: number): Promise<ExchangeOutcome> {
      if (closed) return Promise.resolve({ ok: false, reason: 'the transport is closed' })
      network.counts.exchanges++
      network.counts.exchangeBytes += request.length
      const bytes = request.slice()
      return new Promise((resolve) => {
        let over = false
        const end = (outcome: ExchangeOutcome) => {
          if (over) return
          over = true
          timer.cancel()
          machine.enter(() => resolve(closed ? { ok: false, reason: 'the transport is closed' } : outcome))
        }
        const timer = agenda.at(machine.moment(deadline), () => end({ ok: false, reason: 'timeout' }))
        if (lost(from, to)) return
        const answer = (outcome: ExchangeOutcome) => {
          if (!lost(to, from)) agenda.after(latency(to, from), () => end(outcome))
        }
        /** A stream comes in pieces; each time all of it so far is shown. */
        const arrive = (length: number) => {
          if (over) return
          const listener = listeners.get(to)
          if (listener === undefined) {
            if (refusing.has(to)) answer({ ok: false, reason: 'connection refused' })
            return
          }
          listener.machine.enter(() => {
            journal.fold(agenda.now, `${from}=>${to}`, bytes.subarray(0, length))
            const said = listener.receiver.stream(bytes.slice(0, length), seenAs)
            if (said.kind === 'answer') {
              network.counts.exchangeBytes += said.bytes.length
              answer({ ok: true, answer: said.bytes.slice() })
            } else if (said.kind === 'refuse') {
              answer({ ok: false, reason: `the peer closed the stream without an answer: ${said.reason}` })
            } else if (length === bytes.length) {
              answer({ ok: false, reason: 'the stream ended early' })
            } else {
              const more = Math.min(bytes.length, length + SEGMENT)
              agenda.after(0.1, () => arrive(more))
            }
          })
        }
        const first = bytes.length > 2 && draw.chance(0.2) ? 1 + draw.below(bytes.length - 1) : bytes.length
        agenda.after(latency(from, to), () => arrive(first))
      })
    }

    return {
      send,
      exchange,
      close() {
        closed = true
      },
    }
  }

  return network
}
