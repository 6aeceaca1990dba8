/** Host of ports.ts on node:os and process. Operating system and architecture carry Go's names, as Alloy's constants do. */
import { hostname, networkInterfaces } from 'node:os'
import process from 'node:process'
import type { Host, NetworkInterface } from '../../core/ports.ts'
import { createTimerDelays } from './timer-delays.ts'

const OS_NAMES: Readonly<Record<string, string>> = { win32: 'windows', sunos: 'solaris' }
const ARCH_NAMES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', loong64: 'loong64', ppc64: 'ppc64le' }

/** `runtime` names the host for people and metrics, such as `node 22.1.0`. */
export function createHost(runtime: string): Host {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value
  return {
    hostname: hostname(),
    interfaces,
    os: OS_NAMES[process.platform] ?? process.platform,
    arch: ARCH_NAMES[process.arch] ?? process.arch,
    runtime,
    env,
    cpuSeconds() {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    },
    residentBytes: () => process.memoryUsage().rss,
    heapBytes: () => process.memoryUsage().heapUsed,
    memory() {
      const { heapTotal, external, arrayBuffers } = process.memoryUsage()
      return { heapTotal, external, arrayBuffers }
    },
    timerDelays: createTimerDelays(),
    startTimeSeconds: Date.now() / 1000 - process.uptime(),
  }
}

function interfaces(): NetworkInterface[] {
  return Object.entries(networkInterfaces()).map(([name, entries = []]) => ({
    name,
    loopback: entries.some((entry) => entry.internal),
    addresses: entries.map(({ address }) => address.replace(/%.*$/, '')),
  }))
}
