/**
 * Faults of the program itself, planted to prove that the checkers would see them. Each changes what one node, or all, do
 * with packets or beliefs; production code stays as it is.
 */
import type { Install, Program } from './program.ts'
import { ACK, DEAD, fieldsOf, messagesOf, packetOf } from './wire-peek.ts'

type Drop = (message: Uint8Array, name: string) => boolean

/** A program that never gets to see some messages of packets. */
function deafTo(install: Install, drop: Drop): Install {
  return (site) => {
    const program = install(site)
    return {
      ...program,
      packet(packet, from) {
        const kept = packetOf(messagesOf(packet).filter((message) => !drop(message, site.name)))
        if (kept !== undefined) program.packet(kept, from)
      },
    }
  }
}

/** A program whose packets go out without some messages. */
function mute(install: Install, drop: Drop): Install {
  return (site) => {
    const { transport } = site
    return install({
      ...site,
      transport: {
        ...transport,
        send(to, packet, urgency) {
          const kept = packetOf(messagesOf(packet).filter((message) => !drop(message, site.name)))
          return kept === undefined ? Promise.resolve(true) : transport.send(to, kept, urgency)
        },
      },
    })
  }
}

function changed(install: Install, change: (program: Program) => Partial<Program>): Install {
  return (site) => {
    const program = install(site)
    return { ...program, ...change(program) }
  }
}

/** Gives nobody the time to refute. */
export const buriesSuspects = (install: Install): Install =>
  changed(install, (program) => ({ peers: () => program.peers().filter(({ suspect }) => !suspect) }))

export const dropsAcks = (install: Install): Install => mute(install, (message) => message[0] === ACK)

/** Believes nobody who says that it leaves. */
export const ignoresLeaves = (install: Install): Install =>
  deafTo(install, (message) => {
    if (message[0] !== DEAD) return false
    const { Node, From } = fieldsOf(message)
    return Node === From
  })

/** Takes no notice of anybody's death. */
export const ignoresDeaths = (install: Install): Install => {
  return changed(install, (program) => {
    const seen = new Map<string, ReturnType<Program['peers']>[number]>()
    const peers = () => {
      for (const peer of program.peers()) seen.set(peer.name, { ...peer, suspect: false })
      return [...seen.values()]
    }
    return { peers }
  })
}

/** Asks a ring of its own: everything belongs to the first by name. */
export const wrongRing = (install: Install): Install =>
  changed(install, (program) => ({
    decide() {
      const owner = program.peers()[0]?.name
      return { owner, local: program.peers()[0]?.self === true }
    },
  }))

/** Takes what it owns also while it is held back. */
export const neverYields = (install: Install): Install =>
  changed(install, () => ({ conflict: () => undefined, hold: () => undefined }))

/** Announces itself anew all the time. */
export const runsAway = (install: Install): Install =>
  changed(install, (program) => {
    let asked = 0
    return { stats: () => ({ ...program.stats(), lamportTime: program.stats().lamportTime + BigInt(1000 * asked++) }) }
  })

/** Never forgets a name. */
export const hoards = (install: Install): Install =>
  changed(install, (program) => {
    let most = 0
    return {
      stats() {
        const stats = program.stats()
        most = Math.max(most, stats.knownMembers)
        return { ...stats, knownMembers: most }
      },
    }
  })
