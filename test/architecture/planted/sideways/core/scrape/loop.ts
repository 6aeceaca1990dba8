import type { Queue } from '../remote-write/queue.ts'

export type Loop = Queue
