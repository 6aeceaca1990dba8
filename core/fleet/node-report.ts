/**
 * What this node knows by itself, for GET /api/v1/node: who it is, whom it sees, what holds it back, what it scrapes. Owns how
 * that is put together from the cluster and the jobs; asks nobody, and is new each time.
 */
import type { NodeReport, PeerSighting, Timestamp, Work } from '../api/node.ts'
import type { Cluster, Observed } from '../cluster/cluster.ts'
import type { Peer } from '../cluster/peer.ts'
import type { Clock, Host, Monotonic } from '../ports.ts'
import type { Slices } from '../time/slices.ts'
import type { ScrapeJob } from './reports.ts'
import { timestamp } from './timestamp.ts'

export interface NodeReportDeps {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly slices: Slices
  readonly host: Pick<Host, 'runtime' | 'startTimeSeconds'>
  readonly version: string
  /** Undefined for a process on its own, which is shown as the peer `alone`. */
  readonly cluster: ClusterSource | undefined
  readonly alone: Peer
  readonly config: () => LoadedConfig
  readonly jobs: () => readonly Pick<ScrapeJob, 'scraped'>[]
}

export interface ClusterSource {
  readonly nodeName: string
  readonly clusterName: string
  readonly address: string
  readonly cluster: Pick<Cluster, 'peers' | 'hold' | 'conflict' | 'observed' | 'stats'>
}

export interface LoadedConfig {
  /** SHA-256 in hexadecimal; empty before the first. */
  readonly sha256: string
  /** When it took effect, in ms since the epoch; undefined before the first. */
  readonly loaded: number | undefined
}

/** Between two yields: some 0.3 ms. */
const LOOKS_PER_STEP = 512

export function createNodeReport(deps: NodeReportDeps): () => Promise<NodeReport> {
  const { clock, slices, host, version, alone } = deps
  const started = timestamp(host.startTimeSeconds * 1000)

  function shared(
    now: number,
    work: Work,
  ): Pick<NodeReport, 'version' | 'runtime' | 'started' | 'now' | 'work'> & ConfigFields {
    const { sha256, loaded } = deps.config()
    return {
      version,
      runtime: host.runtime,
      started,
      configHash: sha256,
      configLoaded: loaded === undefined ? null : timestamp(loaded),
      now: timestamp(now),
      work,
    }
  }

  function reportAlone(work: Work): NodeReport {
    const now = clock.now()
    const own = shared(now, work)
    const { name, address, state } = alone
    const announced = { version, runtime: host.runtime, configHash: own.configHash, started }
    return {
      name,
      address,
      clustered: false,
      clusterName: '',
      ...own,
      state,
      hold: null,
      peers: [{ name, address, state, self: true, suspect: false, stateSince: started, lastSeen: own.now, announced }],
      peersChanged: null,
      recentPeerChanges: 0,
      conflict: null,
      gate: { minimum: 0, size: 1, open: true, timeoutSeconds: 0 },
      lamportTime: 0,
      healthScore: 0,
      sought: [],
    }
  }

  function reportClustered({ nodeName, clusterName, address, cluster }: ClusterSource, work: Work): NodeReport {
    const now = clock.now()
    // Moments of the monotonic clock as times of the wall clock, by what both say now.
    const offset = now - clock.monotonic()
    const time = (at: Monotonic | undefined): Timestamp | null => (at === undefined ? null : timestamp(at + offset))
    const observed = cluster.observed()
    const stats = cluster.stats()
    const peers = cluster.peers()
    const { gate } = observed
    const own = shared(now, work)
    return {
      name: nodeName,
      address,
      clustered: true,
      clusterName,
      ...own,
      // While it yields its name to another it isn't among its peers.
      state: peers.find(({ self }) => self)?.state ?? 'viewer',
      hold: cluster.hold() ?? null,
      peers: peers.map((peer) => sightingOf(peer, observed, time, own.now)),
      peersChanged: time(observed.peersChangedAt),
      recentPeerChanges: observed.recentPeerChanges,
      conflict: cluster.conflict() ?? null,
      gate: { minimum: gate.minimum, size: gate.size, open: gate.open, timeoutSeconds: gate.timeoutMs / 1000 },
      lamportTime: Number(stats.lamportTime),
      healthScore: stats.healthScore,
      sought: observed.sought,
    }
  }

  function sightingOf(
    { name, address, state, self, suspect, meta }: Peer,
    observed: Observed,
    time: (at: Monotonic | undefined) => Timestamp | null,
    now: Timestamp,
  ): PeerSighting {
    return {
      name,
      address,
      state,
      self,
      suspect,
      stateSince: time(observed.stateSince(name)) ?? started,
      lastSeen: self ? now : time(observed.lastHeard(name)),
      announced: meta === undefined ? null : { ...meta, started: timestamp(meta.started * 1000) },
    }
  }

  return async () => {
    const work = await slices.run(workOf(deps.jobs()))
    // From here on at one moment: what is told of the peers must go together.
    return deps.cluster === undefined ? reportAlone(work) : reportClustered(deps.cluster, work)
  }
}

type ConfigFields = Pick<NodeReport, 'configHash' | 'configLoaded'>

/** Walks over all targets: 10,000 take 5 ms when nobody has looked at them for a while, and nothing is made for any of them. */
function* workOf(jobs: readonly Pick<ScrapeJob, 'scraped'>[]): Generator<undefined, Work> {
  let up = 0
  let down = 0
  let unknown = 0
  let samplesPerSecond = 0
  let looks = 0
  for (const job of jobs) {
    for (const { status, leaving } of job.scraped()) {
      if (++looks % LOOKS_PER_STEP === 0) yield
      // The other node counts it.
      if (leaving) continue
      if (status.health === 'up') {
        up++
        samplesPerSecond += status.lastSamples / status.intervalSeconds
      } else if (status.health === 'down') {
        down++
      } else {
        unknown++
      }
    }
  }
  return { targets: up + down + unknown, up, down, unknown, samplesPerSecond }
}
