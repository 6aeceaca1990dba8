/**
 * What must be true when everything has calmed down: all that run see the same members, states and addresses, each target
 * has one owner and one who takes it, and of processes with the same name one is active. Reads beliefs, compares with truth.
 */
import { referenceRing, referenceTargets } from './reference.ts'
import type { Process, World } from './world.ts'

const TARGETS = referenceTargets(500)

/** Sentences about what isn't as it should be; none when all is well. Owners cost the most. */
export function disagreements(world: World, aboutOwners: boolean): string[] {
  const problems: string[] = []
  const active = activeProcesses(world, problems)
  const names = active.map(({ name }) => name)
  for (const process of active) {
    for (const other of active) {
      const peer = process.view.get(other.name)
      const what = `${process.id} sees ${other.id}`
      if (peer === undefined) problems.push(`${process.id} does not see ${other.id}`)
      else {
        if (peer.address !== other.address) problems.push(`${what} at ${peer.address}, not at ${other.address}`)
        if (peer.state !== 'participant') problems.push(`${what} as ${peer.state}, not as participant`)
        if (peer.suspect) problems.push(`${what} under suspicion`)
        if (peer.self !== (other === process)) problems.push(`${what} with self=${peer.self}`)
      }
    }
    for (const name of process.view.keys()) {
      if (!names.includes(name)) problems.push(`${process.id} sees ${name}, which is not there`)
    }
    const order = process.program.peers().map(({ name }) => name)
    if (new Set(order).size !== order.length) problems.push(`${process.id} sees a name twice: ${order}`)
  }
  if (problems.length === 0 && aboutOwners) checkOwners(world, active, problems)
  return problems
}

/** Of several with the same name the oldest; the others must hold back. */
function activeProcesses(world: World, problems: string[]): Process[] {
  const byName = new Map<string, Process[]>()
  for (const process of world.running()) byName.set(process.name, [...(byName.get(process.name) ?? []), process])
  const active: Process[] = []
  for (const processes of byName.values()) {
    const working = processes.filter(({ program }) => program.conflict() === undefined)
    const oldest = Math.min(...processes.map(({ started }) => started))
    if (working.length !== 1) {
      const all = processes.map(({ id, address, program }) => `${id} at ${address}: hold ${program.hold()}`)
      problems.push(`${working.length} of these are active, not one: ${all.join('; ')}`)
    } else if (working[0].started > oldest) {
      problems.push(`${working[0].id} is active, and not the older process of that name`)
    }
    for (const process of processes) {
      const hold = process.program.hold()
      if (working.includes(process) ? hold === undefined : hold === 'name-conflict') continue
      problems.push(`${process.id} has the hold ${hold}`)
    }
    if (working.length === 1) active.push(working[0])
  }
  return active
}

function checkOwners(world: World, active: readonly Process[], problems: string[]): void {
  const owners = ownersAmong(active.map(({ name }) => name))
  for (const [i, { labels }] of TARGETS.entries()) {
    const owner = owners[i]
    const takers: string[] = []
    for (const process of world.running()) {
      const decision = process.program.decide?.(labels)
      if (decision === undefined) return
      if (decision.local) takers.push(process.id)
      if (active.includes(process) && decision.owner !== owner) {
        problems.push(`${process.id} gives ${labels.get('__address__')} to ${decision.owner}, not to ${owner}`)
      }
    }
    if (takers.length !== 1)
      problems.push(`${labels.get('__address__')} is taken by ${takers.length}: ${takers.join(', ')}`)
    if (problems.length > 20) return
  }
}

let lastNames = ''
let lastOwners: readonly (string | undefined)[] = []

/** Of the targets; the names are mostly the same as the last time. */
function ownersAmong(names: readonly string[]): readonly (string | undefined)[] {
  const text = JSON.stringify(names)
  if (text !== lastNames) {
    const ownerOf = referenceRing(names)
    lastOwners = TARGETS.map(({ key }) => ownerOf(key))
    lastNames = text
  }
  return lastOwners
}
