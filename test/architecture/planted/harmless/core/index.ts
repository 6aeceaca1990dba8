export type { Clock } from './ports.ts'
