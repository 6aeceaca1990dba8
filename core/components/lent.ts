/** What the agent lends to components, by typed keys. */
import type { Reports } from '../fleet/reports.ts'
import { type ServiceKey, serviceKey } from '../graph/lent.ts'
import type { U64 } from '../hash/u64.ts'
import type { Live } from '../live/live.ts'
import type { Ownership } from '../ownership/types.ts'
import type { Bodies } from '../scrape/bodies.ts'
import type { Slices } from '../time/slices.ts'

export interface ScrapeService {
  /** Buffers for bodies go round between all scrape jobs. */
  readonly bodies: Bodies
  /** Of this host: places its scrapes in the grid. */
  readonly scheduleSeed: U64
  /** The same on all nodes of a cluster, for jobs that share their targets: those that change hands keep their places. */
  readonly clusterScheduleSeed: U64
  /** Of this process. */
  readonly hashSeed: number
  /** Long work of all jobs together leaves the event loop free. */
  readonly slices: Slices
}

export const SCRAPE: ServiceKey<ScrapeService> = serviceKey('scrape')

/** Who has which share of the work. */
export const OWNERSHIP: ServiceKey<Ownership> = serviceKey('ownership')

export interface IdentityService {
  /** Such as `skein/0.1.0`, for User-Agent headers. */
  readonly userAgent: string
  readonly hostname: string
  /** host:port under which exporters inside the agent are scraped. */
  readonly memoryAddress: string
  /** All metrics of the process, as Prometheus text. */
  exposeMetrics(): string
}

export const IDENTITY: ServiceKey<IdentityService> = serviceKey('identity')

/** Where components tell about their work for as long as they run. */
export const REPORTS: ServiceKey<Reports> = serviceKey('reports')

/** Where components show what flows through them. */
export const LIVE: ServiceKey<Live> = serviceKey('live')
