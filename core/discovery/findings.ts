/**
 * What a source that watches many things at once has found so far, group by group, and what is wrong. Owns when that is told:
 * not before every thing known at first was looked at once, or a restart would seem to lose targets; and what changes within a
 * moment together.
 */
import type { Timer, Timers } from '../time/timers.ts'
import type { Found, TargetGroup } from './source.ts'

export interface Findings {
  /** There will be a group by this name: nothing is told before it was set, removed or failed, if nothing was told yet. */
  expect(name: string): void
  /** All things that there are now were expected. */
  listed(): void
  set(name: string, group: TargetGroup): void
  remove(name: string): void
  /** What was wrong with this is over. */
  succeeded(name: string): void
  failed(name: string, message: string): void
  /** Tells nothing any more. */
  close(): void
}

const TOGETHER_MS = 100

export function createFindings(timers: Timers, on: Found): Findings {
  const groups = new Map<string, TargetGroup>()
  const problems = new Map<string, string>()
  const expected = new Set<string>()
  let listed = false
  /** At least one thing answered, or there is none: an empty list then says something. */
  let known = false
  let told = false
  let timer: Timer | undefined
  let closed = false
  /** Since it was told last. */
  let groupsChanged = true
  let failedAgain = false

  function changed(): void {
    if (closed || timer !== undefined || (!told && (!listed || expected.size > 0))) return
    timer = timers.after(told ? TOGETHER_MS : 0, tell)
  }

  function tell(): void {
    timer = undefined
    const [first] = problems.values()
    // Always the oldest: a server that is gone fails in many ways, and one line says it.
    const problem = problems.size > 1 ? `${first} (and more)` : first
    const failed = failedAgain
    failedAgain = false
    if (groupsChanged && (known || problem === undefined)) {
      told = true
      groupsChanged = false
      on.found([...groups.values()], problem)
    } else if (problem !== undefined && failed) on.failed(problem)
  }

  return {
    expect: (name) => void expected.add(name),
    listed() {
      listed = true
      changed()
    },
    set(name, group) {
      groups.set(name, group)
      groupsChanged = true
      expected.delete(name)
      known = true
      changed()
    },
    remove(name) {
      expected.delete(name)
      const mended = problems.delete(name) && problems.size === 0
      if (groups.delete(name) || mended) groupsChanged = true
      changed()
    },
    succeeded(name) {
      // Telling the same groups again says that all is well again.
      if (!problems.delete(name) || problems.size > 0) return
      groupsChanged = true
      changed()
    },
    failed(name, message) {
      expected.delete(name)
      problems.set(name, message)
      failedAgain = true
      // Before the list is known nothing can be told of it but this.
      if (!listed) on.failed(message)
      else changed()
    },
    close() {
      closed = true
      timer?.cancel()
    },
  }
}
