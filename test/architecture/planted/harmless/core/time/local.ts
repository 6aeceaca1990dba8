import type { Clock } from '../ports.ts'
import { performance } from './performance.ts'

type Fetch = typeof fetch

export interface Host {
  process: string
  setTimeout(ms: number): void
}

export function elsewhere(fetch: Fetch, host: Host, clock: Clock): unknown {
  const Buffer = new Uint8Array(4)
  const { process, setTimeout: wait } = host
  host.setTimeout(1)
  process: for (const console of [1, 2]) {
    if (console === 2) break process
  }
  try {
    wait(Math.max(1, 2))
  } catch (Deno) {
    return Deno
  }
  return { Date: Date.UTC(2026, 0, 1), at: new Date(clock.now()), fetch, performance, console: process, Buffer }
}

export const isDate = (value: unknown): boolean => value instanceof Date
export const text: string = 'process.env and setTimeout()' // fetch, Date.now()
