/**
 * discovery.kubernetes as a source: mirrors of the objects that a role needs, and the groups that come of them. Owns when groups
 * are put together and what is told of failures; knows neither the API (core/kubernetes) nor any role (roles.ts).
 */
import type { Access } from '../../kubernetes/access.ts'
import { createKubernetesApi } from '../../kubernetes/api.ts'
import type { Discovery, DiscoverySurroundings, Found, TargetGroup } from '../source.ts'
import { planRole, type RoleSettings } from './roles.ts'

export interface KubernetesSettings extends RoleSettings {
  readonly access: Access
}

/** Several mirrors change one after the other, when their watches end: together they cost one pass over all objects. */
const GATHER_MS = 1_000

/** Throws a CodedError when the access can't work. */
export function kubernetesDiscovery(settings: KubernetesSettings, surroundings: DiscoverySurroundings): Discovery {
  const { timers, slices, userAgent } = surroundings
  const { clock, http, files, random } = surroundings.ports
  const api = createKubernetesApi(settings.access, { http, files, clock, timers }, userAgent)
  const changes = createBell()
  const { units, mirrors } = planRole(settings, { api, clock, slices, timers, random }, changes.ring)
  let failuresTold = 0

  /** Tells what is known, once there is something to know of every mirror. */
  async function tell(on: Found, signal: AbortSignal): Promise<void> {
    if (mirrors.some((mirror) => !mirror.complete && mirror.problem === undefined)) return
    const groups: TargetGroup[] = []
    let complete = 0
    for (const unit of units) {
      if (!unit.mirrors.every((mirror) => mirror.complete)) continue
      complete++
      for (const group of await slices.run(unit.groups())) groups.push(group)
    }
    if (signal.aborted) return
    const problems = new Set(mirrors.map((mirror) => mirror.problem).filter((problem) => problem !== undefined))
    const problem = problems.size === 0 ? undefined : summary([...problems])
    const failures = mirrors.reduce((sum, mirror) => sum + mirror.failures, 0)
    if (complete > 0) on.found(groups, problem)
    else if (problem !== undefined && failures > failuresTold) on.failed(problem)
    failuresTold = failures
  }

  return {
    async run(signal, on) {
      // A signal for each: hosts take many listeners on one for a leak.
      const own = mirrors.map(() => new AbortController())
      const stop = (): void => {
        for (const one of own) one.abort()
      }
      signal.addEventListener('abort', stop, { once: true })
      if (signal.aborted) stop()
      const running = mirrors.map((mirror, i) => mirror.run(own[i].signal))
      while (!signal.aborted) {
        await changes.rung(signal)
        if (signal.aborted) break
        await tell(on, signal)
        await timers.sleep(GATHER_MS, signal)
      }
      await Promise.all(running)
      api.close()
    },
  }
}

const MAX_TOLD = 3

function summary(problems: readonly string[]): string {
  const more = problems.length > MAX_TOLD ? ` (and ${problems.length - MAX_TOLD} more)` : ''
  return problems.slice(0, MAX_TOLD).join('; ') + more
}

interface Bell {
  ring(): void
  /** Resolves as soon as it has rung since the last time, or when `signal` aborts. */
  rung(signal: AbortSignal): Promise<void>
}

function createBell(): Bell {
  let rang = false
  let wake: (() => void) | undefined
  return {
    ring() {
      rang = true
      wake?.()
    },
    async rung(signal) {
      if (!rang && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve
          signal.addEventListener('abort', resolve as () => void, { once: true })
        })
        signal.removeEventListener('abort', wake as () => void)
        wake = undefined
      }
      rang = false
    },
  }
}
