/** docs/reference/components.md says what the components are, as they are now. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { peerClients } from '../adapters/shared/peer-clients.ts'
import { processPorts } from '../adapters/shared/process-ports.ts'
import { COMPONENTS } from '../core/components/index.ts'
import { IDENTITY, OWNERSHIP, SCRAPE } from '../core/components/lent.ts'
import { createGraph, type Graph } from '../core/graph/graph.ts'
import { provide } from '../core/graph/lent.ts'
import { createAloneOwnership } from '../core/ownership/alone.ts'
import { createBodies } from '../core/scrape/bodies.ts'
import { scheduleSeed } from '../core/scrape/schedule.ts'
import type { Field, Fields } from '../core/syntax/schema.ts'
import { createRegistry } from '../core/telemetry/registry.ts'
import { createSlices } from '../core/time/slices.ts'
import { createTimers } from '../core/time/timers.ts'
import { ABOUT, referencePage } from '../scripts/reference/page.mjs'
import { recordingLog } from './support/recording-log.ts'

const page = readFileSync(fileURLToPath(new URL('../docs/reference/components.md', import.meta.url)), 'utf8')

/** One of each, with as little as it takes. */
const CONFIGURATION = `
discovery.relabel "one" { targets = [] }
local.file "one" { filename = ${JSON.stringify(fileURLToPath(import.meta.url))} }
prometheus.exporter.self "one" { }
prometheus.relabel "one" { forward_to = [] }
prometheus.remote_write "one" { }
prometheus.scrape "one" {
  targets    = []
  forward_to = []
}
`

function emptyGraph(): Graph {
  const ports = processPorts('test', peerClients)
  return createGraph({
    definitions: COMPONENTS,
    ports,
    timers: createTimers(ports.clock),
    log: recordingLog(),
    metrics: createRegistry(),
    storagePath: 'nowhere',
    globals: new Map(),
    services: [
      provide(SCRAPE, {
        bodies: createBodies(ports.codecs, 0),
        scheduleSeed: scheduleSeed('test'),
        clusterScheduleSeed: scheduleSeed('cluster'),
        hashSeed: 1,
        slices: createSlices(ports.clock),
      }),
      provide(OWNERSHIP, createAloneOwnership('test')),
      provide(IDENTITY, { userAgent: 'test', hostname: 'test', memoryAddress: 'test:1', exposeMetrics: () => '' }),
    ],
  })
}

/** Fields of all depths that say nothing about themselves, by their way in. */
function undocumented(fields: Fields, path: string): string[] {
  return Object.entries(fields).flatMap(([name, field]: [string, Field<unknown>]) => {
    const here = `${path} ${name}`
    if (field.kind === 'unavailable') return field.reason === '' ? [here] : []
    const inner = field.kind === 'attribute' ? [] : undocumented(field.schema.fields, here)
    return field.doc === '' && field.kind !== 'squash' ? [here, ...inner] : inner
  })
}

describe('the reference of components', () => {
  it('is what the schemas make of it: run node scripts/reference.mjs after changing one', () => {
    expect(page).toBe(referencePage(COMPONENTS))
  })

  it('finds a word on every argument and block', () => {
    expect(COMPONENTS.flatMap(({ name, schema }) => undocumented(schema.fields, name))).toEqual([])
  })

  it('links to headings that exist', () => {
    const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
      heading
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    )
    expect(new Set(headings).size).toBe(headings.length)
    for (const [, target] of page.matchAll(/\]\(#([^)]*)\)/g)) expect(headings).toContain(target)
  })

  it('lists what components export, neither more nor less', async () => {
    const graph = emptyGraph()
    expect(await graph.load([{ file: 'config.alloy', content: CONFIGURATION }])).toMatchObject({ ok: true })
    const exported = COMPONENTS.map(({ name }) => [
      name,
      graph.component(`${name}.one`)?.exports.map((field) => field.name),
    ])
    await graph.stop()
    const documented = COMPONENTS.map(({ name }) => [name, ABOUT[name].exports.map(([field]) => field)])
    expect(exported).toEqual(documented)
  })
})
