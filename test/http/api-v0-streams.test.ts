import { describe, expect, it } from 'vitest'
import type { WebFlow } from '../../core/api/web.ts'
import { MAX_LIVE_MESSAGES, MAX_LIVE_STREAMS } from '../../core/limits.ts'
import { answer } from '../components/fake-ports.ts'
import { PIPELINE, type WebWorld, webWorlds } from './web-world.ts'

const ENABLED = 'livedebugging { enabled = true }\n'
const MINUTE = 60_000

const worlds = webWorlds()

interface Reading {
  readonly response: Response
  /** What came since the last look, cut at the separators. Lets no time pass. */
  messages(): Promise<string[]>
  readonly ended: boolean
  cancel(): Promise<void>
}

async function reading(world: WebWorld, path: string): Promise<Reading> {
  const response = await world.fetch(path)
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  let text = ''
  let ended = false
  const decoder = new TextDecoder()
  void (async () => {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      text += decoder.decode(value, { stream: true })
    }
    ended = true
  })()
  return {
    response,
    async messages() {
      await world.clock.settle()
      const all = text.split('|;|')
      // Only whole messages come.
      expect(all.pop()).toBe('')
      text = ''
      return all
    },
    get ended() {
      return ended
    },
    cancel: () => reader.cancel(),
  }
}

describe('rates in the graph', () => {
  it('come at each end of a window, for the components of one module', async () => {
    const world = await worlds.running(`${PIPELINE}
      declare "shop" {
        argument "to" { }
        prometheus.scrape "in" {
          targets         = [{ "__address__" = "one" }]
          forward_to      = argument.to.value
          scrape_interval = "10s"
        }
      }
      shop "x" { to = [prometheus.remote_write.apps.receiver] }`)
    const root = await reading(world, 'graph?window=60')
    const module = await reading(world, 'graph/shop.x?window=10')
    await world.clock.advance(MINUTE)
    const [first, ...others] = (await root.messages()).map((one) => JSON.parse(one) as WebFlow[])
    expect(others).toEqual([])
    // Two samples and five of the scrape's own; relabelling drops one.
    expect(first).toEqual([
      {
        componentID: 'prometheus.relabel.apps',
        targetComponentIDs: ['prometheus.remote_write.apps'],
        type: 'prometheus_metric',
        rate: 6 / 60,
      },
      {
        componentID: 'prometheus.scrape.apps',
        targetComponentIDs: ['prometheus.relabel.apps'],
        type: 'prometheus_metric',
        rate: 7 / 60,
      },
    ])
    const inside = (await module.messages()).map((one) => JSON.parse(one) as WebFlow[])
    expect(inside).toHaveLength(6)
    expect(inside[2]).toEqual([
      {
        componentID: 'shop.x/prometheus.scrape.in',
        targetComponentIDs: ['prometheus.remote_write.apps'],
        type: 'prometheus_metric',
        rate: 0.7,
      },
    ])
  })

  it('has targets as they are published, to whoever refers to them', async () => {
    const world = worlds.create()
    world.files.put('/t.json', '[{"targets": ["one", "two"]}]')
    expect(
      await world.load(`discovery.file "f" { files = ["/t.json"] }
        discovery.relabel "r" { targets = discovery.file.f.targets }
        prometheus.scrape "a" {
          targets    = discovery.relabel.r.output
          forward_to = []
        }`),
    ).toBe('')
    await world.clock.advance(10_000)
    const graph = await reading(world, 'graph')
    world.files.put('/t.json', '[{"targets": ["one", "two", "three", "four", "five"]}]')
    await world.clock.advance(5_000)
    expect((await graph.messages()).map((one) => JSON.parse(one) as WebFlow[])).toEqual([
      [
        { componentID: 'discovery.file.f', targetComponentIDs: ['discovery.relabel.r'], type: 'target', rate: 1 },
        { componentID: 'discovery.relabel.r', targetComponentIDs: ['prometheus.scrape.a'], type: 'target', rate: 1 },
      ],
    ])
    await world.clock.advance(5_000)
    expect(await graph.messages()).toEqual(['[]'])
  })

  it('takes windows that make sense only', async () => {
    const world = await worlds.running(PIPELINE)
    for (const window of ['0', '61', 'x', '', '-1', 'NaN', 'Infinity']) {
      expect((await world.fetch(`graph?window=${window}`)).status).toBe(400)
    }
  })
})

describe('what flows through a component', () => {
  it.each([
    [
      'prometheus.scrape.apps',
      'target: {__address__="one", __meta_team="a", team="a"}',
      /^sample: ts=\d+, labels=\{__name__="requests_total", instance="one", job="apps", path="\/b", team="a"\}, value=6$/,
    ],
    [
      'prometheus.relabel.apps',
      undefined,
      /^\{__name__="requests_total", instance="one", job="apps", path="\/b", team="a"\} => \{\}$/,
    ],
    [
      'prometheus.remote_write.apps',
      undefined,
      /^sample: ts=\d+, labels=\{__name__="requests_total", .*path="\/a", team="a"\}, value=5$/,
    ],
  ])('%s', async (id, first, later) => {
    const world = await worlds.running(ENABLED + PIPELINE)
    const debug = await reading(world, `debug/${id}`)
    expect(debug.response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await debug.messages()).toEqual([])
    await world.clock.advance(1_000)
    expect(await debug.messages()).toEqual(first === undefined ? [] : [first])
    await world.clock.advance(MINUTE)
    const messages = await debug.messages()
    expect(messages.filter((one) => later.test(one))).toHaveLength(1)
    expect(messages).toHaveLength(id === 'prometheus.remote_write.apps' ? 6 : 7)
  })

  it('discovery.relabel and discovery.file: what there is at once, then each change', async () => {
    const world = worlds.create()
    world.files.put('/t.json', '[{"targets": ["one", "two"], "labels": {"a": "b"}}]')
    expect(
      await world.load(`${ENABLED}
        discovery.file "f" { files = ["/t.json"] }
        discovery.relabel "r" {
          targets = discovery.file.f.targets
          rule {
            source_labels = ["__address__"]
            regex         = "two"
            action        = "drop"
          }
        }`),
    ).toBe('')
    await world.clock.advance(10_000)
    const [found, relabelled] = [
      await reading(world, 'debug/discovery.file.f'),
      await reading(world, 'debug/discovery.relabel.r'),
    ]
    await world.clock.advance(1_000)
    const labels = (host: string): string => `{__address__="${host}", __meta_filepath="/t.json", a="b"}`
    expect(await found.messages()).toEqual([`target: ${labels('one')}`, `target: ${labels('two')}`])
    expect(await relabelled.messages()).toEqual([`${labels('one')} => ${labels('one')}`, `${labels('two')} => {}`])
    world.files.put('/t.json', '[{"targets": ["three"], "labels": {"a": "b"}}]')
    await world.clock.advance(10_000)
    expect(await found.messages()).toEqual([`target: ${labels('three')}`])
    expect(await relabelled.messages()).toEqual([`${labels('three')} => ${labels('three')}`])
  })

  it('can be in a module, and shows a part when asked', async () => {
    const world = await worlds.running(`${ENABLED}
      declare "m" {
        prometheus.scrape "in" {
          targets    = [{ "__address__" = "one" }]
          forward_to = []
        }
      }
      m "x" { }`)
    const all = await reading(world, 'debug/m.x%2Fprometheus.scrape.in')
    const none = await reading(world, 'debug/m.x/prometheus.scrape.in?sampleProb=0.2')
    await world.clock.advance(MINUTE + 1_000)
    expect(await all.messages()).toHaveLength(8)
    // The chance of these ports is always 0.5.
    expect(await none.messages()).toEqual([])
    for (const probability of ['2', '-1', 'x', '']) {
      expect((await world.fetch(`debug/m.x/prometheus.scrape.in?sampleProb=${probability}`)).status).toBe(400)
    }
  })

  it('is told how much is left out, and never takes a label for the end of a message', async () => {
    const world = worlds.create()
    const many = Array.from({ length: MAX_LIVE_MESSAGES + 500 }, (_, i) => `m{a="x|;|y",i="${i}"} 1\n`).join('')
    world.hosts.set('one', () => answer(many))
    expect(await world.load(ENABLED + PIPELINE)).toBe('')
    const debug = await reading(world, 'debug/prometheus.scrape.apps')
    await world.clock.advance(MINUTE + 1_000)
    const messages = await debug.messages()
    const note = messages.find((one) => one.includes('were left out'))
    const [, lost] = /^(\d+) more messages/.exec(note ?? '') ?? []
    // One target and five samples of the scrape's own.
    expect(messages.length - 1 + Number(lost)).toBe(MAX_LIVE_MESSAGES + 506)
    expect(messages.length).toBeLessThanOrEqual(MAX_LIVE_MESSAGES + 2)
    expect(messages.some((one) => one.includes('a="x| ; |y"'))).toBe(true)
  })

  it('is refused while it is disabled, and for components that do not show it', async () => {
    const world = await worlds.running(`${PIPELINE}\nlocal.file "f" { filename = "${'/etc/skein.alloy'}" }`)
    const disabled = await world.fetch('debug/prometheus.scrape.apps')
    expect(disabled.status).toBe(500)
    expect(await disabled.text()).toMatch(/^live debugging is disabled: put livedebugging \{ enabled = true \}/)
    const unsupported = await world.fetch('debug/local.file.f')
    expect(unsupported.status).toBe(500)
    expect(await unsupported.text()).toBe('live debugging is not supported for local.file\n')
  })

  it('ends when a configuration disables it, and begins with one that enables it', async () => {
    const world = await worlds.running(PIPELINE)
    expect((await world.fetch('debug/prometheus.scrape.apps')).status).toBe(500)
    expect(await world.load(ENABLED + PIPELINE)).toBe('')
    const debug = await reading(world, 'debug/prometheus.scrape.apps')
    // One that doesn't take effect changes nothing.
    expect(await world.load(`${PIPELINE}\nprometheus.scrape "x" { }`)).not.toBe('')
    await world.clock.settle()
    expect(debug.ended).toBe(false)
    expect(await world.load(PIPELINE)).toBe('')
    await world.clock.settle()
    expect(debug.ended).toBe(true)
  })
})

describe('answers without an end', () => {
  it('are so many at most, and make room when a reader goes', async () => {
    const world = await worlds.running(PIPELINE)
    const open: Reading[] = []
    for (let i = 0; i < MAX_LIVE_STREAMS; i++) open.push(await reading(world, 'graph'))
    // A look at the head of an answer takes no place.
    expect((await world.fetch('graph', { method: 'HEAD' })).status).toBe(200)
    const refused = await world.fetch('graph')
    expect([refused.status, await refused.text()]).toEqual([503, expect.stringMatching(/^too many/)])
    await open[0].cancel()
    const again = await reading(world, 'graph')
    await world.clock.advance(5_000)
    expect(await again.messages()).toEqual(['[]'])
    for (const one of [...open, again]) await one.cancel()
    const pending = world.clock.pending
    await world.clock.advance(10_000)
    expect(world.clock.pending).toBeLessThanOrEqual(pending)
  })

  it('wait for nobody who does not read', async () => {
    const world = await worlds.running(ENABLED + PIPELINE)
    const response = await world.fetch('debug/prometheus.scrape.apps')
    await world.clock.advance(10 * MINUTE)
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    const { value } = await reader.read()
    // The first piece is what fitted; the rest was gathered behind it, and comes at once.
    expect(new TextDecoder().decode(value)).toBe('target: {__address__="one", __meta_team="a", team="a"}|;|')
    const rest = reader.read()
    await world.clock.advance(1_000)
    const pieces = new TextDecoder().decode((await rest).value).split('|;|')
    expect(pieces).toHaveLength(10 * 7 + 1)
    await reader.cancel()
  })

  it('end when the agent stops', async () => {
    const world = await worlds.running(ENABLED + PIPELINE)
    const [graph, debug] = [await reading(world, 'graph'), await reading(world, 'debug/prometheus.scrape.apps')]
    await world.stop()
    await world.clock.settle()
    expect([graph.ended, debug.ended]).toEqual([true, true])
    expect((await world.fetch('graph')).status).toBe(503)
  })
})
