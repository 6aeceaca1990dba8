/**
 * What happened in a run: a digest of everything, to compare two runs by, and the last notable lines, for people.
 */
import type { SimTime } from './agenda.ts'

export interface Journal {
  /** A notable line; `about` are the names of the nodes that it concerns. */
  note(at: SimTime, about: string, what: string): void
  /** Counts into the digest, and nothing else. */
  fold(at: SimTime, text: string, bytes?: Uint8Array): void
  digest(): string
  /** The last lines until now, oldest first. */
  tail(count: number): string[]
}

const KEPT = 4_000

/** `quiet` leaves out the digest: for runs that are measured. */
export function createJournal(quiet = false): Journal {
  const lines: string[] = []
  let a = 0x811c9dc5
  let b = 0x9747b28c
  const mix = (value: number): void => {
    a = Math.imul(a ^ value, 0x01000193)
    b = Math.imul((b << 5) | (b >>> 27), 0x5bd1e995) ^ value
  }
  function fold(at: SimTime, text: string, bytes?: Uint8Array): void {
    if (quiet) return
    mix(Math.floor(at))
    mix(Math.floor((at % 1) * 0x40000000))
    for (let i = 0; i < text.length; i++) mix(text.charCodeAt(i))
    if (bytes === undefined) return
    mix(bytes.length)
    for (let i = 0; i < bytes.length; i++) mix(bytes[i])
  }
  return {
    note(at, about, what) {
      fold(at, `${about} ${what}`)
      lines.push(`${seconds(at)}  ${about.padEnd(12)} ${what}`)
      if (lines.length > 2 * KEPT) lines.splice(0, KEPT)
    },
    fold,
    digest: () => (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0'),
    tail: (count) => lines.slice(-count),
  }
}

export function seconds(at: SimTime): string {
  return (at / 1000).toFixed(3).padStart(9)
}
