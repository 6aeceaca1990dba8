/**
 * What components tell about their work while it is under way: each signs in when it runs and out when it ends. Owns the lists;
 * asks nobody for anything until somebody wants to see it, so that not being looked at costs nothing.
 */
import type { CompiledRule } from '../labels/relabel.ts'
import type { Distribution, TargetLabels } from '../ownership/distribute.ts'
import type { EndpointStatus } from '../remote-write/status.ts'
import type { ScrapeConfig } from '../scrape/config.ts'
import type { ScrapedTarget } from '../scrape/pool.ts'

/** The targets of one prometheus.scrape. */
export interface ScrapeJob {
  /** The component's id. */
  readonly component: string
  /** Whether the nodes of the cluster share them. */
  shared(): boolean
  /** What is done with all of them before and when they are scraped. */
  config(): ScrapeConfig
  /** How they are split between the nodes; undefined when they aren't shared, or are still being split. */
  distribution(): Distribution | undefined
  /** All that it was given, shared or not. */
  given(): readonly TargetLabels[]
  /** Those that this node scrapes. */
  scraped(): Iterable<ScrapedTarget>
}

/** The endpoints of one prometheus.remote_write. */
export interface Delivery {
  readonly component: string
  endpoints(): readonly EndpointStatus[]
}

/** The rules that made targets out of targets: one discovery.relabel. */
export interface TargetRelabelling {
  readonly component: string
  given(): readonly TargetLabels[]
  rules(): readonly CompiledRule[]
}

export interface SignedIn<T> {
  /** Returns how to sign out. */
  add(one: T): () => void
  /** In the order of their ids. */
  all(): readonly T[]
  get(component: string): T | undefined
}

export interface Reports {
  readonly jobs: SignedIn<ScrapeJob>
  readonly deliveries: SignedIn<Delivery>
  readonly relabellings: SignedIn<TargetRelabelling>
}

export function createReports(): Reports {
  return { jobs: signedIn(), deliveries: signedIn(), relabellings: signedIn() }
}

function signedIn<T extends { readonly component: string }>(): SignedIn<T> {
  const byComponent = new Map<string, T>()
  return {
    add(one) {
      byComponent.set(one.component, one)
      return () => {
        // The one that took its place, when the component was replaced, stays.
        if (byComponent.get(one.component) === one) byComponent.delete(one.component)
      }
    },
    all: () => [...byComponent.values()].sort((a, b) => (a.component < b.component ? -1 : 1)),
    get: (component) => byComponent.get(component),
  }
}
