import { Hono } from 'hono/tiny'
import { expect } from 'vitest'

export const used: unknown = [Hono, expect]
