import { Hono } from 'hono'
import { app } from '../core/http/app.ts'
import { html } from 'lit-html'
import type { Answer } from '../core/api/answer.ts'
import { page } from './pages/page.ts'

export const all: unknown[] = [Hono, app, html, page, null as unknown as Answer]
