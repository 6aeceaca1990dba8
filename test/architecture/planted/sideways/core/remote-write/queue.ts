export type Queue = string[]
