/** A whole agent with configurations of Prometheus: it loads them, loads them again, and refuses what it can't convert. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { peerClients } from '../../adapters/shared/peer-clients.ts'
import { processPorts } from '../../adapters/shared/process-ports.ts'
import { type Agent, createAgent, type LoadOutcome } from '../../core/agent.ts'
import { checkConfiguration } from '../../core/agent-check.ts'
import type { HttpClients, Ports } from '../../core/ports.ts'
import { recordingLog } from '../support/recording-log.ts'
import { job } from './converting.ts'

const FIXTURES = fileURLToPath(new URL('../fixtures/convert/', import.meta.url))
const names = readdirSync(FIXTURES).filter((file) => file.endsWith('.alloy'))

/** Every request is answered at once, with nothing. */
const silence: HttpClients = {
  open: () => ({
    send: async () => ({
      ok: true,
      status: 204,
      statusText: 'No Content',
      header: () => undefined,
      body: new Uint8Array(),
    }),
    close() {},
  }),
  proxyFromEnvironment: () => undefined,
}

describe('an agent with a configuration of Prometheus', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'skein-convert-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function agentOf(text: string): { agent: Agent; put(text: string): void } {
    const configPath = join(mkdtempSync(join(folder, 'one-')), 'prometheus.yml')
    writeFileSync(configPath, text)
    const ports: Ports = { ...processPorts('test', peerClients), http: silence }
    const agent = createAgent(
      {
        configPath,
        convert: { format: 'prometheus', bypassErrors: false, extraArgs: '' },
        listenAddress: '127.0.0.1:12345',
        memoryAddress: 'skein.internal:12345',
        uiPathPrefix: '/',
        storagePath: folder,
        stability: 'generally-available',
        logger: recordingLog(),
        version: '0.0.0',
      },
      ports,
    )
    return { agent, put: (changed) => writeFileSync(configPath, changed) }
  }

  /** Labels of the scrapes that run, as the agent's own API shows them. */
  async function scrapes(agent: Agent): Promise<readonly string[]> {
    const page = await (await agent.fetch(new Request('http://agent/api/v0/web/components'))).text()
    return [...new Set([...page.matchAll(/prometheus\.scrape\.(\w+)/g)].map(([, label]) => label))]
  }

  it('runs it, and its next version', async () => {
    const { agent, put } = agentOf(job())
    try {
      expect(await agent.load()).toEqual({ ok: true })
      expect(await scrapes(agent)).toEqual(['one'])
      put(job().replace('job_name: one', 'job_name: two'))
      expect(await agent.reload()).toEqual({ ok: true })
      expect(await scrapes(agent)).toEqual(['two'])
      put(job('scrape_interval: never'))
      const refused: LoadOutcome = await agent.reload()
      expect(refused.ok ? '' : refused.text).toMatch(
        /^Error: .*prometheus\.yml can not be converted:\n\(Critical\) .*prometheus\.yml:3:22: scrape_configs\[0\]\.scrape_interval must be a duration/,
      )
      expect(await scrapes(agent)).toEqual(['two'])
    } finally {
      await agent.stop()
    }
  })

  it('shows no secret of what does not load', async () => {
    const { agent } = agentOf(job('metric_name_escaping_scheme: allow-utf-8', 'bearer_token: hunter2'))
    try {
      const refused = await agent.load()
      expect(refused.ok).toBe(false)
      expect(refused.ok ? '' : refused.text).toContain('prometheus.yml (converted):')
      expect(refused.ok ? '' : refused.text).not.toContain('hunter2')
    } finally {
      await agent.stop()
    }
  })
})

describe('what golden pairs come to', () => {
  it.each(names)('%s is a configuration that skein understands', async (name) => {
    const options = { configPath: join(FIXTURES, name), stability: 'generally-available', version: '0.0.0' } as const
    const { diagnostics } = await checkConfiguration(options, processPorts('test', peerClients))
    const problems = diagnostics.map(({ message }) => message)
    // Written as they are, for the day when they work: the problem is told where they are used.
    expect(
      problems.filter((problem) => !/^block "(?:sigv4|azuread|google_iam)" is not supported/.test(problem)),
    ).toEqual([])
  })
})
