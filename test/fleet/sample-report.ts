/** A NodeReport for tests that need one, with what they care for. */
import type { NodeReport, PeerSighting } from '../../core/api/node.ts'

const TIME = '2026-01-01T00:00:00.000Z'

export function sampleSighting(name: string, more: Partial<PeerSighting> = {}): PeerSighting {
  return {
    name,
    address: `${name}:80`,
    state: 'participant',
    self: false,
    suspect: false,
    stateSince: TIME,
    lastSeen: TIME,
    announced: { version: '1', runtime: 'test', configHash: 'abc', started: TIME },
    ...more,
  }
}

/** Sees itself and `others`. */
export function sampleReport(name: string, others: readonly string[], more: Partial<NodeReport> = {}): NodeReport {
  const peers = [sampleSighting(name, { self: true }), ...others.map((other) => sampleSighting(other))]
  return {
    name,
    address: `${name}:80`,
    clustered: true,
    clusterName: 'prod',
    version: '1',
    runtime: 'test',
    started: TIME,
    configHash: 'abc',
    configLoaded: TIME,
    now: TIME,
    state: 'participant',
    hold: null,
    peers: peers.sort((a, b) => (a.name < b.name ? -1 : 1)),
    peersChanged: null,
    recentPeerChanges: 0,
    conflict: null,
    gate: { minimum: 0, size: peers.length, open: true, timeoutSeconds: 0 },
    lamportTime: 3,
    healthScore: 0,
    sought: [],
    work: { targets: 3, up: 1, down: 1, unknown: 1, samplesPerSecond: 1.5 },
    ...more,
  }
}
