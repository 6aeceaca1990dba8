/**
 * No secret is ever seen: not in a log line at any level, a metric, an answer of the HTTP server, a diagnostic or what
 * `skein validate` says; whatever is wrong with the configuration, and whatever goes wrong when it runs.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { type Agent, createAgent } from '../../core/agent.ts'
import { checkConfiguration } from '../../core/agent-check.ts'
import { COMPONENTS } from '../../core/components/index.ts'
import { createLogOutput } from '../../core/telemetry/log-format.ts'
import { FACTS } from '../../scripts/reference/facts.ts'
import { answer, type FakePorts, fakePorts } from '../components/fake-ports.ts'
import { type SecretBlock, secretBlocks } from './secret-blocks.ts'

const CONFIG = '/etc/skein.alloy'
const OF_COMPONENTS: readonly SecretBlock[] = secretBlocks(COMPONENTS)
const OTHERS: readonly SecretBlock[] = secretBlocks(FACTS.blocks)
const BLOCKS: readonly SecretBlock[] = [...OF_COMPONENTS, ...OTHERS]

interface World extends FakePorts {
  readonly agent: Agent
  /** Everything that anybody could have seen so far. */
  seen(): string
  load(text: string): Promise<boolean>
  /** Asks the HTTP server for all there is to see. */
  look(blocks?: readonly SecretBlock[]): Promise<void>
}

const running: World[] = []

afterEach(async () => {
  for (const { agent, clock } of running.splice(0)) {
    const stopping = agent.stop()
    await clock.advance(30_000)
    await stopping
  }
})

function createWorld(): World {
  const fakes = fakePorts()
  const seen: string[] = []
  const output = createLogOutput(
    () => 0,
    (line) => seen.push(line),
  )
  output.configure('debug', 'logfmt')
  const { files, clock, ports } = fakes
  const options = { configPath: CONFIG, stability: 'experimental', communityComponents: true, version: '1' } as const
  files.put(CONFIG, '')
  const agent = createAgent(
    {
      ...options,
      listenAddress: '127.0.0.1:12345',
      memoryAddress: 'skein.internal:12345',
      uiPathPrefix: '/',
      storagePath: '/data',
      logger: output.logger,
    },
    ports,
  )
  const world: World = {
    ...fakes,
    agent,
    seen: () => seen.join('\n'),
    async load(text) {
      files.putUnnoticed(CONFIG, text)
      const checked = await checkConfiguration(options, ports)
      seen.push(JSON.stringify(checked.diagnostics), checked.text)
      const asked = agent.fetch(new Request('http://localhost/-/reload', { method: 'POST' }))
      await clock.advance(15_000)
      const response = await asked
      seen.push(await response.text())
      return response.ok
    },
    async look(blocks = []) {
      const paths = [
        '/',
        '/metrics',
        '/-/ready',
        '/-/healthy',
        '/-/support',
        '/api/v0/web/components',
        '/api/v0/web/peers',
      ]
      const ids = blocks.map(({ id }) => id)
      for (const id of ids) paths.push(`/api/v0/web/components/${id}`, `/component/${id}`, `/api/v0/component/${id}/`)
      for (const path of paths) {
        const asked = agent.fetch(new Request(`http://localhost${path}`))
        await clock.settle()
        seen.push(await (await asked).text())
      }
    },
  }
  running.push(world)
  return world
}

function textOf(blocks: readonly SecretBlock[]): string {
  return blocks.map((block) => block.text(block.literal)).join('\n')
}

/** The names of those that could be seen. */
function leaked(world: World, blocks: readonly SecretBlock[] = BLOCKS): string[] {
  const seen = world.seen()
  expect(seen.length).toBeGreaterThan(0)
  return blocks.filter(({ secret }) => seen.includes(secret) || seen.includes(btoa(secret))).map(({ id }) => id)
}

/** Those of the blocks that can run, by trying: what a component wants beside its secrets isn't always known. */
async function runnable(world: World): Promise<readonly SecretBlock[]> {
  const good: SecretBlock[] = []
  for (const block of OF_COMPONENTS) {
    world.files.putUnnoticed(CONFIG, block.text(block.literal))
    const { ok } = await checkConfiguration(
      { configPath: CONFIG, stability: 'experimental', version: '1' },
      world.ports,
    )
    if (ok) good.push(block)
  }
  return good
}

describe('every secret argument of every component', () => {
  it('is found by walking the schemas', () => {
    expect(BLOCKS.length).toBeGreaterThan(10)
    expect(new Set(BLOCKS.map(({ id }) => id)).size).toBe(BLOCKS.length)
    expect(BLOCKS.map(({ id }) => id)).toContain('prometheus.scrape.basic_auth_password')
  })

  it('stays unseen while the component runs and everything that it asks fails', async () => {
    const world = createWorld()
    const good = await runnable(world)
    // Nearly all can run: otherwise this would say little.
    expect(good.length / OF_COMPONENTS.length).toBeGreaterThan(0.8)
    const refused = (body: string) => () => answer(body, {}, 401)
    world.hosts.set('asked.test', refused('no'))
    world.hosts.set('token.test', refused('{"error": "invalid_client"}'))
    world.agent.start()
    let ran = 0
    for (const { name } of COMPONENTS) {
      const all = good.filter(({ component }) => component === name)
      // What must have an answer to be loaded at all is tried alone; its refusal may tell nothing either.
      const loads = (await world.load(textOf(all))) ? [all] : all.map((block) => [block])
      for (const blocks of loads) {
        if (!(await world.load(textOf(blocks)))) continue
        ran += blocks.length
        await world.clock.advance(150_000)
        await world.look(blocks)
      }
    }
    expect(ran / OF_COMPONENTS.length).toBeGreaterThan(0.7)
    expect(leaked(world)).toEqual([])
  }, 60_000)

  it.each(OTHERS.map((block) => [block.path, block] as const))('stays unseen in a block: %s', async (_, block) => {
    const world = createWorld()
    world.hosts.set('asked.test', () => answer(block.path, {}, 500))
    await world.load(block.text(block.literal))
    world.agent.start()
    await world.clock.advance(150_000)
    await world.look([block])
    expect(leaked(world, [block])).toEqual([])
  })

  it.each<[string, (block: SecretBlock) => string]>([
    ['the lines around it are wrong', (block) => block.text(block.literal, 'oops = 1 + true')],
    ['the lines around it make no sense', (block) => block.text(block.literal, 'oops = ')],
    ['it is of the wrong type', (block) => block.text(`[[${JSON.stringify(block.secret)}]]`)],
    ['it is used in a wrong way', (block) => block.text(`1 + ${JSON.stringify(block.secret)}`)],
    ['it is negated', (block) => block.text(`-${JSON.stringify(block.secret)}`)],
    ['it is looked into', (block) => block.text(`${JSON.stringify(block.secret)}.oops[0]`)],
    ['it is given to a function in vain', (block) => block.text(`encoding.from_json(${JSON.stringify(block.secret)})`)],
    ['it is given to an old function in vain', (block) => block.text(`base64_decode(${JSON.stringify(block.secret)})`)],
    ['it is followed by something', (block) => block.text(`${block.literal} oops`)],
    ['its quotes are wrong', (block) => block.text(`'${block.secret}'`)],
    ['its last quote is missing', (block) => block.text(`"${block.secret}`)],
    ['it has an escape that is none', (block) => block.text(`"${block.secret}\\q"`)],
    ['it is given twice', (block) => block.text(block.literal, `password = ${block.literal}`)],
    ['its block is not closed', (block) => block.text(block.literal).replace('}', '')],
    ['= is missing', (block) => block.text(block.literal).replace(` = ${block.literal}`, ` ${block.literal}`)],
  ])(
    'stays unseen when %s',
    async (_, broken) => {
      const world = createWorld()
      // One by one: a hundred problems are all that is told of a file.
      for (const block of BLOCKS) await world.load(broken(block))
      expect(leaked(world)).toEqual([])
    },
    60_000,
  )
})

describe('a secret from a file', () => {
  const SECRET = 'hunter-in-a-file'

  it('stays unseen wherever it is used', async () => {
    const world = createWorld()
    world.files.put('/etc/secret', SECRET)
    const file = 'local.file "s" {\n  filename = "/etc/secret"\n  is_secret = true\n}\n'
    const uses = [
      'basic_auth {\n    password = local.file.s.content\n  }',
      'bearer_token = "prefix-" + local.file.s.content',
      'http_headers = {"X-Key" = [local.file.s.content]}',
      // Not what it is for.
      'proxy_url = local.file.s.content',
      'proxy_url = string.format("http://%s", local.file.s.content)',
      'proxy_url = encoding.to_json({a = local.file.s.content})',
      'proxy_url = string.join([local.file.s.content], "")',
      'proxy_url = [local.file.s.content]',
      'proxy_url = -local.file.s.content',
      'job_name = local.file.s.content == "x"',
    ]
    for (const use of uses) {
      await world.load(`${file}prometheus.scrape "s" {\n  targets    = []\n  forward_to = []\n  ${use}\n}\n`)
      await world.look()
      for (const id of ['local.file.s', 'prometheus.scrape.s'])
        for (const path of [`/api/v0/web/components/${id}`, `/component/${id}`])
          await world.agent.fetch(new Request(`http://localhost${path}`))
    }
    expect(world.seen()).not.toContain(SECRET)
    // What is asked for is given: the text is a secret no more.
    expect(
      await world.load(
        `${file}prometheus.scrape "s" {\n  targets    = []\n  forward_to = []\n  job_name   = nonsensitive(local.file.s.content)\n}\n`,
      ),
    ).toBe(true)
  })
})

describe('the password in a URL', () => {
  const SECRET = 'hunter-in-a-url'
  const remoteWrite = (url: string): string =>
    `prometheus.remote_write "a" {\n  endpoint {\n    url = ${url}\n  }\n}\nprometheus.exporter.self "a" { }\nprometheus.scrape "a" {\n  targets = prometheus.exporter.self.a.targets\n  scrape_interval = "10s"\n  forward_to = [prometheus.remote_write.a.receiver]\n}\n`

  const texts = [
    remoteWrite(`"http://me:${SECRET}@asked.test/push"`),
    remoteWrite(`"http://me:${SECRET}@asked.test:99999/push"`),
    remoteWrite(`"htp://me:${SECRET}@asked.test/push"`),
    remoteWrite(`"http://me:${SECRET}@[asked.test/push"`),
    remoteWrite(`"http://me:${SECRET}@asked.test/push" + 1`),
    remoteWrite(`-"http://me:${SECRET}@asked.test/push"`),
    remoteWrite(`"http://me:${SECRET}@asked.test/push" oops`),
    remoteWrite('"http://asked.test/push"').replace(
      'url =',
      `proxy_url = "http://me:${SECRET}@proxy.test:3128"\n    url =`,
    ),
    remoteWrite('"http://asked.test/push"').replace('url =', `proxy_url = "htp://me:${SECRET}@proxy"\n    url =`),
    ...COMPONENTS.filter(({ schema }) => Object.hasOwn(schema.fields, 'url')).flatMap(({ name }) => [
      `${name} "a" {\n  url = "http://me:${SECRET}@asked.test/x"\n}\n`,
      `${name} "a" {\n  url = "http://me:${SECRET}@"\n}\n`,
    ]),
  ]

  it.each(texts.map((text) => [text.replaceAll(/\s+/g, ' ').slice(0, 90), text]))(
    'stays unseen: %s',
    async (_, text) => {
      const world = createWorld()
      await world.load(text)
      world.agent.start()
      await world.clock.advance(60_000)
      await world.look()
      for (const id of [...text.matchAll(/^([\w.]+) "a"/gm)].map(([, name]) => `${name}.a`)) {
        const response = await world.agent.fetch(new Request(`http://localhost/api/v0/web/components/${id}`))
        expect(await response.text()).not.toContain(SECRET)
      }
      expect(world.seen()).not.toContain(SECRET)
    },
  )
})
