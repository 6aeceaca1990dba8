/** Carries a plan out: starts the nodes, lets its faults begin and end. Knows which nodes were troubled and when. */
import type { PeerAddress } from '../../core/cluster/address.ts'
import type { SimTime } from './agenda.ts'
import { FAIR, type Weather } from './network.ts'
import { describeFault, type Fault, type FaultKind, type Plan } from './plan.ts'
import type { Install } from './program.ts'
import type { Process, StartOptions, World } from './world.ts'

export interface Course {
  /** Whether anything is going on, or ended less than `withinMs` ago, that may make a live node look dead. */
  roughWithin(withinMs: number): boolean
  /** The same for two nodes: troubles of either, of the way between them, and of the whole network. */
  roughBetween(a: PeerAddress, b: PeerAddress, withinMs: number): boolean
}

/** A spell of trouble, and whom of a pair it touches. */
interface Spell {
  /** Whether it may make a live node look dead, and not only keep two from finding each other. */
  readonly rough: boolean
  readonly until: SimTime
  readonly touches: (a: PeerAddress, b: PeerAddress) => boolean
}

/** Up to this share of packets may be lost, and up to this delay added, without a live node being taken for dead. */
const FAIR_LOSS = 0.1
const FAIR_DELAY_MS = 80
const FAIR_REORDERING_MS = 400
const TROUBLES_ONE: readonly FaultKind[] = ['pause', 'slow', 'rival', 'blind']

export const NAMES: readonly string[] = ['é', 'node-\u{1F600}', 'node-\uFF5E']

/** A few names tell byte order from the order of UTF-16 units. */
export function nameOf(node: number): string {
  return node % 7 === 6 ? `${NAMES[Math.floor(node / 7) % NAMES.length]}${node}` : `node-${node}`
}

export function carryOut(
  world: World,
  plan: Plan,
  installFor: (node: number) => Install | undefined = () => undefined,
): Course {
  const { agenda, network, journal } = world
  /** Where each node is, or will be: discovery gives this out, like a DNS name that is kept up to date. */
  const homes: PeerAddress[] = []
  for (let i = 0; i < plan.nodes; i++) homes.push(world.freshAddress())
  const numbers = new Map<PeerAddress, number>(homes.map((address, i) => [address, i]))
  const present = new Map<number, Process>()
  const spells: Spell[] = []
  const active = new Set<Fault>()
  const blind = (node: number) => [...active].some((fault) => fault.kind === 'blind' && fault.node === node)

  function start(node: number, options: Partial<StartOptions> = {}): Process {
    const address = options.address ?? homes[node]
    const discover = () => (blind(node) ? [] : [...known(node), ...wayIn(address)])
    const install = installFor(node)
    return world.start({ name: nameOf(node), address, discover, ...(install && { install }), ...options })
  }

  function known(node: number): PeerAddress[] {
    return plan.known[node].map((other) => homes[other])
  }

  /** Whoever left for good may have been the only way between the others: when all is healed, each has one to the first. */
  function wayIn(address: PeerAddress): PeerAddress[] {
    if (agenda.now < plan.healedAt) return []
    const living = world.running().map((process) => process.address)
    const finds = new Map(living.map((one) => [one, known(numbers.get(one) ?? 0)]))
    const reached = new Set(living.slice(0, 1))
    for (const one of reached) {
      for (const other of living) {
        if (finds.get(one)?.includes(other) || finds.get(other)?.includes(one)) reached.add(other)
      }
    }
    return reached.has(address) ? [] : living.slice(0, 1)
  }

  function begin(node: number, elsewhere: boolean): void {
    const now = present.get(node)
    if (now !== undefined && (now.life === 'running' || now.life === 'leaving')) {
      if (now.life === 'leaving') agenda.after(500, () => begin(node, elsewhere))
      return
    }
    if (elsewhere) homes[node] = newAddress(node)
    present.set(node, start(node))
  }

  function newAddress(node: number): PeerAddress {
    const address = world.freshAddress()
    numbers.set(address, node)
    return address
  }

  function passes(fault: Fault, a: number, b: number): boolean {
    if (fault.kind === 'cut') {
      if (a === fault.from && b === fault.to) return false
      return fault.oneWay || a !== fault.to || b !== fault.from
    }
    if (fault.kind !== 'partition') return true
    const inside = fault.side.includes(a)
    return inside === fault.side.includes(b) || (fault.oneWay && inside)
  }

  network.passes = (from, to) => {
    for (const fault of active) {
      if (!passes(fault, numbers.get(from) ?? -1, numbers.get(to) ?? -1)) return false
    }
    return true
  }

  function weather(): Weather {
    let { loss, duplication, reordering, reorderMs, delayMs } = FAIR
    for (const fault of active) {
      if (fault.kind === 'loss') loss = Math.max(loss, fault.share)
      else if (fault.kind === 'duplication') duplication = Math.max(duplication, fault.share)
      else if (fault.kind === 'delay') delayMs = Math.max(delayMs, fault.ms)
      else if (fault.kind === 'reordering') {
        reordering = Math.max(reordering, fault.share)
        reorderMs = Math.max(reorderMs, fault.ms)
      }
    }
    return { loss, duplication, reordering, reorderMs, delayMs }
  }

  /** Opens a spell for what may make live nodes look dead, or hides them from each other. */
  function trouble(fault: Fault): void {
    const until = 'until' in fault ? fault.until : fault.at
    const mark = (touches: Spell['touches']) => spells.push({ rough: fault.kind !== 'blind', until, touches })
    const always = () => true
    if (fault.kind === 'loss' && fault.share > FAIR_LOSS) mark(always)
    else if (fault.kind === 'delay' && fault.ms > FAIR_DELAY_MS) mark(always)
    else if (fault.kind === 'reordering' && fault.ms > FAIR_REORDERING_MS) mark(always)
    else if (fault.kind === 'partition' || fault.kind === 'cut') {
      mark((a, b) => {
        const [from, to] = [numbers.get(a) ?? -1, numbers.get(b) ?? -1]
        return !passes(fault, from, to) || !passes(fault, to, from)
      })
    } else if (TROUBLES_ONE.includes(fault.kind)) {
      const { node } = fault as Extract<Fault, { node: number }>
      mark((a, b) => numbers.get(a) === node || numbers.get(b) === node)
    }
  }

  function happen(fault: Fault): void {
    journal.note(agenda.now, '*', describeFault(fault))
    trouble(fault)
    active.add(fault)
    network.weather = weather()
    if ('until' in fault) agenda.at(fault.until, () => pass(fault))
    if (fault.kind === 'newcomer') begin(fault.node, false)
    if (fault.kind === 'newcomer' || !('node' in fault)) return
    const process = present.get(fault.node)
    if (fault.kind === 'rival') {
      const rival = start(fault.node, { address: newAddress(fault.node) })
      agenda.at(fault.until, () => {
        if (rival.life === 'running') world.leave(rival)
      })
      return
    }
    if (process === undefined || process.life !== 'running') return
    if (fault.kind === 'pause') process.machine.pause(fault.until, fault.suspend)
    else if (fault.kind === 'slow') process.machine.slow(fault.ms)
    else if (fault.kind === 'wall-jump') process.machine.jump(fault.ms)
    else if (fault.kind === 'crash') world.crash(process, fault.silent)
    else if (fault.kind === 'leave') world.leave(process)
  }

  function pass(fault: Fault): void {
    active.delete(fault)
    network.weather = weather()
    if (fault.kind === 'partition' || fault.kind === 'cut' || fault.kind === 'loss') {
      journal.note(agenda.now, '*', `${fault.kind} is over`)
    }
    if (fault.kind === 'slow') {
      const stillSlow = [...active].some((other) => other.kind === 'slow' && other.node === fault.node)
      if (!stillSlow) present.get(fault.node)?.machine.slow(0)
    }
    if (fault.kind === 'crash' || fault.kind === 'leave') begin(fault.node, fault.elsewhere)
  }

  plan.startAt.forEach((at, node) => {
    agenda.at(at, () => begin(node, false))
  })
  for (const fault of plan.faults) agenda.at(fault.at, () => happen(fault))
  agenda.at(plan.healedAt, () => journal.note(agenda.now, '*', 'all faults are over'))

  const lately = (withinMs: number) => spells.filter(({ until }) => until > agenda.now - withinMs)
  return {
    roughWithin: (withinMs) => lately(withinMs).some(({ rough }) => rough),
    roughBetween: (a, b, withinMs) => lately(withinMs).some(({ touches }) => touches(a, b)),
  }
}
