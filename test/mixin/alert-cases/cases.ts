/** All cases of all alerts. */
import type { Case } from './case.ts'
import { CLUSTER } from './cluster.ts'
import { CONTROLLER } from './controller.ts'
import { REMOTE_WRITE } from './remote-write.ts'
import { SCRAPE } from './scrape.ts'
import { SHARED_WORK } from './shared-work.ts'

export const CASES: readonly Case[] = [...CLUSTER, ...SHARED_WORK, ...SCRAPE, ...CONTROLLER, ...REMOTE_WRITE]
