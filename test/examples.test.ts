/** The configurations in examples/, loaded by a whole agent: without a diagnostic, and without touching the network. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { peerClients } from '../adapters/shared/peer-clients.ts'
import { processPorts } from '../adapters/shared/process-ports.ts'
import { createAgent, type LoadOutcome } from '../core/agent.ts'
import { COMPONENTS, IMPORTS } from '../core/components/index.ts'
import type { Stability } from '../core/graph/component.ts'
import type { Files, HttpClients, Ports } from '../core/ports.ts'
import { recordingLog } from './support/recording-log.ts'

const EXAMPLES = fileURLToPath(new URL('../examples/', import.meta.url))
const names = readdirSync(EXAMPLES).filter((name) => name.endsWith('.alloy'))
const textOf = (name: string): string => readFileSync(join(EXAMPLES, name), 'utf8')

/** Folders of files that examples refer to, and those that Kubernetes puts there. */
const FOLDERS = /^(\/etc\/skein|\/var\/run\/secrets\/kubernetes\.io\/serviceaccount)(?=\/)/
const SERVICE_ACCOUNT = ['token', 'ca.crt', 'namespace']

/** What servers have that examples ask before anything can run; every other request is answered with nothing. */
const ANSWERS: ReadonlyMap<string, string> = new Map([
  ['https://tenants.example.com/tenants.json', '[{"name": "red"}, {"name": "blue"}]'],
  ['https://modules.example.com/modules/cardinality.alloy', textOf('modules/cardinality.alloy')],
])

const servers: HttpClients = {
  open: () => ({
    send: async ({ url }) => {
      const body = ANSWERS.get(url.href)
      return {
        ok: true,
        status: body === undefined ? 204 : 200,
        statusText: '',
        header: () => undefined,
        body: new TextEncoder().encode(body),
      }
    },
    close() {},
  }),
  proxyFromEnvironment: () => undefined,
}

/** As Kubernetes, Fly and the like set it. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  KUBERNETES_SERVICE_HOST: '10.96.0.1',
  KUBERNETES_SERVICE_PORT: '443',
  NODE_IP: '10.0.0.1',
  SKEIN_PASSWORD: 'secret',
}

/** What looks for targets finds no service here. */
const NOBODY_THERE = /^error looking for targets failed/

/** As the first comment of the example says how to run it. */
function stabilityOf(text: string): Stability {
  return (/--stability\.level=(\S+)/.exec(text)?.[1] ?? 'generally-available') as Stability
}

describe('examples', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'skein-examples-'))
    cpSync(join(EXAMPLES, 'modules'), join(folder, 'modules'), { recursive: true })
    const files = names.flatMap((name) => [...textOf(name).matchAll(/"\/etc\/skein\/([^"/]+)"/g)])
    const named = [...files.map(([, name]) => name), ...SERVICE_ACCOUNT]
    for (const name of named) writeFileSync(join(folder, name), 'secret\n')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  async function load(text: string): Promise<{ loaded: LoadOutcome; warnings: readonly string[] }> {
    const configPath = join(folder, 'config.alloy')
    writeFileSync(configPath, text)
    const log = recordingLog()
    const process = processPorts('test', peerClients)
    const host = { ...process.host, env: ENVIRONMENT }
    const here = (path: string): string => path.replace(FOLDERS, folder)
    const files: Files = {
      ...process.files,
      read: (path) => process.files.read(here(path)),
      readSync: (path) => process.files.readSync(here(path)),
      watch: (path, changed) => process.files.watch(here(path), changed),
    }
    const ports: Ports = { ...process, host, files, http: servers }
    const agent = createAgent(
      {
        configPath,
        listenAddress: '127.0.0.1:12345',
        memoryAddress: 'skein.internal:12345',
        uiPathPrefix: '/',
        storagePath: folder,
        stability: stabilityOf(text),
        setTls: async () => {},
        logger: log,
        version: '0.0.0',
      },
      ports,
    )
    const loaded = await agent.load()
    await agent.stop()
    return { loaded, warnings: log.lines.filter((line) => /^(warn|error) /.test(line) && !NOBODY_THERE.test(line)) }
  }

  it.each(names)('%s loads without a diagnostic', async (name) => {
    expect(await load(textOf(name))).toEqual({ loaded: { ok: true }, warnings: [] })
  })

  it.each(names)('%s is loaded in earnest: a mistake in it is found', async (name) => {
    const { loaded } = await load(textOf(name).replace('endpoint {', 'endpoynt {'))
    expect(loaded).toMatchObject({
      ok: false,
      text: expect.stringContaining('unrecognized block name "endpoynt"'),
    })
  })

  it('are all in the README, and show every component', () => {
    const readme = readFileSync(join(EXAMPLES, 'README.md'), 'utf8')
    for (const name of names) expect(readme).toContain(`[${name}](${name})`)
    const all = names.map(textOf).join('\n')
    for (const { name } of [...COMPONENTS, ...IMPORTS])
      expect(all).toMatch(new RegExp(`^\\s*${name.replaceAll('.', '\\.')} "`, 'm'))
  })
})
