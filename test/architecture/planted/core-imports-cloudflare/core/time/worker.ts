import { DurableObject } from 'cloudflare:workers'

export const base: unknown = DurableObject
