/** How sending to one endpoint goes, for people: read from it when somebody looks. */
import type { QueueRow } from '../api/queues.ts'

export type EndpointStatus = Omit<QueueRow, 'node' | 'component'>
