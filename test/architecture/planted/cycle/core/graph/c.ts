import type { a } from './a.ts'

export const c: typeof a = 1
