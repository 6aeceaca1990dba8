/** The configurations in examples/, loaded by a whole agent: without a diagnostic, and without touching the network. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { peerClients } from '../adapters/shared/peer-clients.ts'
import { processPorts } from '../adapters/shared/process-ports.ts'
import { createAgent, type LoadOutcome } from '../core/agent.ts'
import { COMPONENTS } from '../core/components/index.ts'
import type { HttpClients, Ports } from '../core/ports.ts'
import { recordingLog } from './support/recording-log.ts'

const EXAMPLES = fileURLToPath(new URL('../examples/', import.meta.url))
const names = readdirSync(EXAMPLES).filter((name) => name.endsWith('.alloy'))
const textOf = (name: string): string => readFileSync(join(EXAMPLES, name), 'utf8')

/** Files that examples refer to. */
const SECRETS = '/etc/skein'

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

describe('examples', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'skein-examples-'))
    const files = names.flatMap((name) => [...textOf(name).matchAll(/"\/etc\/skein\/([^"]+)"/g)])
    for (const [, name] of files) writeFileSync(join(folder, name), 'secret\n')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  async function load(text: string): Promise<{ loaded: LoadOutcome; warnings: readonly string[] }> {
    const configPath = join(folder, 'config.alloy')
    writeFileSync(configPath, text.replaceAll(SECRETS, folder))
    const log = recordingLog()
    const ports: Ports = { ...processPorts('test', peerClients), http: silence }
    const agent = createAgent(
      {
        configPath,
        listenAddress: '127.0.0.1:12345',
        memoryAddress: 'skein.internal:12345',
        uiPathPrefix: '/',
        storagePath: folder,
        stability: 'generally-available',
        logger: log,
        version: '0.0.0',
      },
      ports,
    )
    const loaded = await agent.load()
    await agent.stop()
    return { loaded, warnings: log.lines.filter((line) => /^(warn|error) /.test(line)) }
  }

  it.each(names)('%s loads without a diagnostic', async (name) => {
    expect(await load(textOf(name))).toEqual({ loaded: { ok: true }, warnings: [] })
  })

  it.each(names)('%s is loaded in earnest: a mistake in it is found', async (name) => {
    const { loaded } = await load(textOf(name).replace('forward_to', 'forward_too'))
    expect(loaded).toMatchObject({
      ok: false,
      text: expect.stringContaining('unrecognized attribute name "forward_too"'),
    })
  })

  it('are all in the README, and show every component', () => {
    const readme = readFileSync(join(EXAMPLES, 'README.md'), 'utf8')
    for (const name of names) expect(readme).toContain(`[${name}](${name})`)
    const all = names.map(textOf).join('\n')
    for (const { name } of COMPONENTS) expect(all).toMatch(new RegExp(`^${name.replaceAll('.', '\\.')} "`, 'm'))
  })
})
