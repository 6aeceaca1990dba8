/** Reading from a disk that may fail or hang: tries again, and gives up in the end. */
import { CodedError } from '../../../errors.ts'
import type { Timers } from '../../../time/timers.ts'

const PATIENCE_MS = 10_000
const ATTEMPTS = 3
const PAUSE_MS = 1_000

/** Rejects when it takes more than ten seconds; what becomes of the work then is nobody's business. */
export function inTime<T>(timers: Timers, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = timers.after(PATIENCE_MS, () =>
      reject(new CodedError('internal', `the disk has not answered within ${PATIENCE_MS / 1000} s`)),
    )
    work()
      .then(resolve, reject)
      .finally(() => late.cancel())
  })
}

/** Up to three times. */
export async function patiently<T>(timers: Timers, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await inTime(timers, work)
    } catch (thrown) {
      if (attempt === ATTEMPTS) throw thrown
      await timers.sleep(PAUSE_MS)
    }
  }
}

/** There is no room left, for everybody or for this user. */
export function isFull(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOSPC' || thrown.code === 'EDQUOT')
}
