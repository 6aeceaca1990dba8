import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_AGAIN_MS = 25

/** Looks again and again until `look` has something other than undefined and false; throws after `timeoutMs`, saying what was waited for. */
export async function until<T>(
  what: string,
  timeoutMs: number | undefined,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const limit = timeoutMs ?? 15_000
  const end = performance.now() + limit
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > end) throw new Error(`waited ${limit} ms in vain for ${what}`)
    await sleep(LOOK_AGAIN_MS)
  }
}
