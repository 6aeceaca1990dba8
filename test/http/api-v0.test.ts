import { gunzipSync, inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { WebComponent, WebStatement } from '../../core/api/web.ts'
import { MAX_PRINTED_CHARACTERS, MAX_PRINTED_ELEMENTS } from '../../core/limits.ts'
import { fakeServer } from '../remote-config/fake-server.ts'
import { PIPELINE, webWorlds } from './web-world.ts'

const worlds = webWorlds()

function flows(components: readonly WebComponent[]): Record<string, readonly string[]> {
  return Object.fromEntries(components.map(({ localID, dataFlowEdgesTo }) => [localID, dataFlowEdgesTo]))
}

const text = (name: string, value: string): WebStatement => ({ name, type: 'attr', value: { type: 'string', value } })

describe('the list of components', () => {
  it("has Alloy's fields in Alloy's order, and nothing of what is in them", async () => {
    const world = await worlds.running(PIPELINE)
    const response = await world.fetch('components')
    expect(response.headers.get('content-type')).toBe('application/json')
    const [relabel, scrape] = JSON.parse(await response.text()) as WebComponent[]
    expect(JSON.stringify({ ...scrape, health: 0 })).toBe(
      JSON.stringify({
        name: 'prometheus.scrape',
        type: 'block',
        localID: 'prometheus.scrape.apps',
        moduleID: '',
        label: 'apps',
        referencesTo: ['discovery.relabel.apps', 'prometheus.relabel.apps'],
        referencedBy: [],
        dataFlowEdgesTo: ['prometheus.relabel.apps'],
        health: 0,
        arguments: [],
        exports: [],
        debugInfo: [],
        liveDebuggingEnabled: true,
      }),
    )
    expect(scrape.health).toEqual({
      state: 'healthy',
      message: 'component evaluated',
      updatedTime: expect.stringMatching(/^2026-01-01T00:00:\d\d\.\d{3}Z$/),
    })
    expect(relabel.referencedBy).toEqual(['prometheus.scrape.apps'])
  })

  it('leads along the data, which goes to receivers and comes from targets and other values', async () => {
    const world = worlds.create()
    world.files.put('/url', 'one')
    expect(
      await world.load(`${PIPELINE}
      local.file "url" { filename = "/url" }
      prometheus.scrape "other" {
        targets    = [{ "__address__" = local.file.url.content }]
        forward_to = [prometheus.relabel.apps.receiver, prometheus.remote_write.apps.receiver]
      }`),
    ).toBe('')
    expect(flows(await world.components('components'))).toEqual({
      'discovery.relabel.apps': ['prometheus.scrape.apps'],
      'prometheus.scrape.apps': ['prometheus.relabel.apps'],
      'prometheus.relabel.apps': ['prometheus.remote_write.apps'],
      'prometheus.remote_write.apps': [],
      'local.file.url': ['prometheus.scrape.other'],
      'prometheus.scrape.other': ['prometheus.relabel.apps', 'prometheus.remote_write.apps'],
    })
  })

  it('is compressed when that is asked for and worth it', async () => {
    const world = await worlds.running(PIPELINE)
    const plain = await (await world.fetch('components')).text()
    for (const [encoding, undo] of [
      ['gzip', gunzipSync],
      ['deflate', inflateSync],
    ] as const) {
      const response = await world.fetch('components', { headers: { 'accept-encoding': encoding } })
      expect(response.headers.get('content-encoding')).toBe(encoding)
      expect(response.headers.get('content-length')).toBeNull()
      expect(undo(await response.arrayBuffer()).toString()).toBe(plain)
    }
    const small = await world.fetch('peers', { headers: { 'accept-encoding': 'gzip' } })
    expect(small.headers.get('content-encoding')).toBeNull()
    expect(await small.json()).toEqual([{ name: 'box', addr: '127.0.0.1:12345', isSelf: true, state: 'participant' }])
    const refused = await world.fetch('components', { headers: { 'accept-encoding': 'gzip;q=0, br' } })
    expect(refused.headers.get('content-encoding')).toBeNull()
  })
})

describe('one component', () => {
  it('shows arguments that differ from their defaults, exports, and its state as blocks', async () => {
    const world = await worlds.running(PIPELINE)
    await world.clock.advance(60_000)
    const scrape = await world.component('prometheus.scrape.apps')
    const target = {
      type: 'object',
      value: ['__address__', '__meta_team', 'team'].map((key, i) => ({
        key,
        value: { type: 'string', value: ['one', 'a', 'a'][i] },
      })),
    }
    expect(scrape.arguments).toEqual([
      { name: 'targets', type: 'attr', value: { type: 'array', value: [target] } },
      {
        name: 'forward_to',
        type: 'attr',
        value: { type: 'array', value: [{ type: 'capsule', value: 'Receiver of prometheus.relabel.apps' }] },
      },
      text('job_name', 'apps'),
    ])
    expect(scrape.debugInfo).toHaveLength(1)
    const [block] = scrape.debugInfo as [WebStatement & { type: 'block' }]
    expect({ ...block, body: [] }).toEqual({ type: 'block', name: 'target', body: [] })
    expect(block.body.slice(0, 3)).toEqual([
      text('job', 'apps'),
      text('url', 'http://one/metrics'),
      text('health', 'up'),
    ])
    expect(block.body.map(({ name }) => name)).toEqual([
      ...['job', 'url', 'health', 'labels', 'last_scrape', 'last_scrape_duration', 'last_samples'],
    ])
    expect(block.body[6]).toEqual({ name: 'last_samples', type: 'attr', value: { type: 'number', value: '2' } })

    const relabel = await world.component('discovery.relabel.apps')
    expect(relabel.exports).toEqual([
      { name: 'output', type: 'attr', value: { type: 'array', value: [target] } },
      { name: 'rules', type: 'attr', value: { type: 'capsule', value: 'capsule("RelabelRules")' } },
    ])
  })

  it('leaves out whatever says no more than the default does', async () => {
    const world = await worlds.running(`prometheus.scrape "x" {
        targets = []
        forward_to = []
        scrape_interval = "1m"
        honor_labels = false
        params = {}
        sample_limit = 0
        metrics_path = "/other"
        scheme = null
      }
      prometheus.remote_write "x" {
        external_labels = {}
        wal { truncate_frequency = "2h" }
        endpoint {
          url = "http://all"
          queue_config { capacity = 10000 }
          metadata_config { send = false }
        }
      }`)
    expect((await world.component('prometheus.scrape.x')).arguments.map(({ name }) => name)).toEqual([
      'targets',
      'forward_to',
      'metrics_path',
    ])
    expect((await world.component('prometheus.remote_write.x')).arguments).toEqual([
      {
        type: 'block',
        name: 'endpoint',
        body: [
          text('url', 'http://all'),
          {
            type: 'block',
            name: 'metadata_config',
            body: [{ name: 'send', type: 'attr', value: { type: 'bool', value: false } }],
          },
        ],
      },
    ])
  })

  it('says how much of a very long list it leaves out', async () => {
    const world = worlds.create()
    const many = Array.from({ length: MAX_PRINTED_ELEMENTS + 5 }, (_, i) => `h${i}`)
    world.files.put('/targets.json', JSON.stringify([{ targets: many }]))
    expect(
      await world.load(`discovery.file "many" { files = ["/targets.json"] }
        prometheus.scrape "many" {
          targets    = discovery.file.many.targets
          forward_to = []
        }`),
    ).toBe('')
    await world.clock.advance(10_000)
    const { arguments: args, debugInfo } = await world.component('prometheus.scrape.many')
    const [targets] = args as [WebStatement & { type: 'attr' }]
    const list = targets.value.value as readonly unknown[]
    expect(list).toHaveLength(MAX_PRINTED_ELEMENTS + 1)
    expect(list.at(-1)).toEqual({ type: 'string', value: '… and 5 more' })
    expect(debugInfo).toHaveLength(MAX_PRINTED_ELEMENTS + 1)
  })

  it('says how much of a very long text it leaves out, wherever a password may be cut', async () => {
    const world = worlds.create()
    const before = 'x '.repeat(MAX_PRINTED_CHARACTERS / 2 - 10)
    world.files.put('/long', `${before}http://me:planted-password@host/ ${'y'.repeat(1_000_000)}`)
    expect(await world.load('local.file "long" { filename = "/long" }')).toBe('')
    const { exports } = await world.component('local.file.long')
    const left = 1_000_000 + '://me:planted-password@host/ '.length
    expect(exports).toMatchObject([text('content', `${before}http… and ${left} more characters`)])
  })

  it('hides secrets wherever they stand', async () => {
    const secret = 'planted-secret'
    const world = worlds.create()
    world.files.put('/secret', secret)
    expect(
      await world.load(`
        declare "shop" {
          argument "password" { }
          argument "nested" { }
          local.file "inner" {
            filename  = "/secret"
            is_secret = true
          }
          prometheus.scrape "inner" {
            targets    = [{ "__address__" = "one" }]
            forward_to = []
            basic_auth {
              username = "me"
              password = argument.password.value
            }
          }
          export "again" { value = local.file.inner.content }
          export "deep" { value = { "a" = [local.file.inner.content] } }
        }
        local.file "s" {
          filename  = "/secret"
          is_secret = true
        }
        shop "x" {
          password = local.file.s.content
          nested   = { "a" = [local.file.s.content, convert.nonsensitive("plain")] }
        }
        prometheus.remote_write "x" {
          endpoint {
            url = "http://me:${secret}@all/push"
            basic_auth {
              username = "me"
              password = "${secret}"
            }
          }
          endpoint {
            url          = "http://all/push"
            name         = "two"
            bearer_token = shop.x.again
          }
        }
        prometheus.scrape "url" {
          targets    = [{ "__address__" = "one", "link" = "http://me:${secret}@one" }]
          forward_to = []
          params     = { "token" = ["http://me:${secret}@one"] }
        }
        livedebugging { enabled = true }`),
    ).toBe('')
    await world.clock.advance(60_000)
    const ids = [
      ...['shop.x', 'shop.x/local.file.inner', 'shop.x/prometheus.scrape.inner', 'local.file.s'],
      ...['prometheus.remote_write.x', 'prometheus.scrape.url'],
    ]
    const seen: string[] = []
    for (const id of ids) seen.push(JSON.stringify(await world.component(id)))
    for (const path of ['components', 'modules/shop.x/components']) {
      seen.push(JSON.stringify(await world.components(path)))
    }
    expect(seen.filter((one) => one.includes(secret))).toEqual([])
    expect(seen.join().includes('(secret)')).toBe(true)
    expect(seen.join().includes('plain')).toBe(true)
  })
})

const MODULES = `
declare "shop" {
  argument "to" { }
  argument "targets" { optional = true }
  prometheus.scrape "in" {
    targets    = [{ "__address__" = "one" }]
    forward_to = [prometheus.relabel.in.receiver]
  }
  prometheus.relabel "in" { forward_to = argument.to.value }
  export "receiver" { value = prometheus.relabel.in.receiver }
}
shop "x" { to = [prometheus.remote_write.all.receiver] }
prometheus.scrape "out" {
  targets    = [{ "__address__" = "one" }]
  forward_to = [shop.x.receiver]
}
prometheus.remote_write "all" {
  endpoint { url = "http://all/push" }
}
foreach "each" {
  collection = ["a/b", "c"]
  var        = "name"
  template {
    prometheus.scrape "one" {
      targets    = [{ "__address__" = "one", "name" = name }]
      forward_to = [prometheus.remote_write.all.receiver]
    }
  }
}
import.string "lib" { content = "declare \\"inner\\" { discovery.relabel \\"r\\" { targets = [] } }" }
lib.inner "it" { }
`

describe('modules', () => {
  it('are components, and lists of those in them', async () => {
    const world = await worlds.running(MODULES)
    const root = await world.components('components')
    expect(root.map(({ localID, createdModuleIDs }) => [localID, createdModuleIDs])).toEqual([
      ['shop.x', ['shop.x']],
      ['prometheus.scrape.out', undefined],
      ['prometheus.remote_write.all', undefined],
      ['foreach.each', ['foreach.each/foreach_a_b_1', 'foreach.each/foreach_c_1']],
      ['lib.inner.it', ['lib.inner.it']],
    ])
    expect(flows(root)).toEqual({
      'shop.x': ['prometheus.remote_write.all'],
      'prometheus.scrape.out': ['shop.x'],
      'prometheus.remote_write.all': [],
      'foreach.each': ['prometheus.remote_write.all'],
      'lib.inner.it': [],
    })
    expect(root[2].referencedBy).toEqual(['shop.x', 'foreach.each'])
    const inside = await world.components('modules/shop.x/components')
    expect(inside.map(({ moduleID, localID }) => `${moduleID} ${localID}`)).toEqual([
      'shop.x prometheus.scrape.in',
      'shop.x prometheus.relabel.in',
    ])
    expect(flows(inside)).toEqual({ 'prometheus.scrape.in': ['prometheus.relabel.in'], 'prometheus.relabel.in': [] })
    expect(inside[0].referencesTo).toEqual(['prometheus.relabel.in'])
    for (const path of [
      'foreach.each/foreach_a_b_1',
      'foreach.each%2Fforeach_a_b_1',
      encodeURIComponent('foreach.each/foreach_a_b_1'),
    ]) {
      const items = await world.components(`modules/${path}/components`)
      expect(items.map(({ moduleID, localID }) => `${moduleID} ${localID}`)).toEqual([
        'foreach.each/foreach_a_b_1 prometheus.scrape.one',
      ])
    }
  })

  it('are named before the components in them', async () => {
    const world = await worlds.running(MODULES)
    for (const id of ['shop.x/prometheus.relabel.in', 'shop.x%2Fprometheus.relabel.in']) {
      expect(await world.component(id)).toMatchObject({
        moduleID: 'shop.x',
        localID: 'prometheus.relabel.in',
        referencedBy: ['prometheus.scrape.in'],
        arguments: [
          {
            name: 'forward_to',
            value: { value: [{ type: 'capsule', value: 'Receiver of prometheus.remote_write.all' }] },
          },
        ],
      })
    }
  })

  it('answers 404 for what there is not', async () => {
    const world = await worlds.running(MODULES)
    for (const path of [
      'components/nothing.here',
      'components/shop.x/nothing.here',
      'components/import.string.lib',
      'components/shop.x/argument.to',
      'modules/nothing/components',
      'modules/prometheus.scrape.out/components',
      'modules/shop.x',
      'modules/components',
      'debug/nothing',
      'graph/nothing',
      'remotecfg',
      'remotecfg/components/prometheus.scrape.out',
      'remotecfg/modules/shop.x/components',
      'components/%E0%A4%A',
      `components/${'x'.repeat(5_000)}`,
      'peers/x',
      'elsewhere',
    ]) {
      const response = await world.fetch(path)
      expect([path, response.status]).toEqual([path, 404])
      expect((await response.text()).length).toBeLessThan(6_000)
    }
  })
})

describe('what a remote server sent', () => {
  it('is a list of its own, named with or without its path', async () => {
    const server = fakeServer(`${MODULES}`, 'h1')
    const world = worlds.create()
    world.hosts.set('fleet', ({ url, body }) => {
      const answered = server.answer(url.pathname, body ?? new Uint8Array())
      const header = (name: string): string | undefined => (name === 'content-type' ? answered.type : undefined)
      return { ok: true, status: answered.status, statusText: '', header, body: answered.body }
    })
    expect(
      await world.load(`prometheus.remote_write "mine" { }
        remotecfg {
          url            = "http://fleet"
          id             = "me"
          poll_frequency = "10s"
        }`),
    ).toBe('')
    await world.clock.advance(15_000)
    const names = (list: readonly WebComponent[]): string[] => list.map((one) => `${one.moduleID} ${one.localID}`)
    expect(names(await world.components('components'))).toEqual([' prometheus.remote_write.mine'])
    expect(names(await world.components('remotecfg/components'))).toEqual([
      'remotecfg shop.x',
      'remotecfg prometheus.scrape.out',
      'remotecfg prometheus.remote_write.all',
      'remotecfg foreach.each',
      'remotecfg lib.inner.it',
    ])
    for (const id of ['shop.x', 'remotecfg/shop.x']) {
      expect(names(await world.components(`remotecfg/modules/${id}/components`))).toEqual([
        'remotecfg/shop.x prometheus.scrape.in',
        'remotecfg/shop.x prometheus.relabel.in',
      ])
      const one = await world.component(`../remotecfg/components/${id}`)
      expect(one).toMatchObject({ moduleID: 'remotecfg', localID: 'shop.x', createdModuleIDs: ['remotecfg/shop.x'] })
    }
    expect(await world.component('../remotecfg/components/shop.x/prometheus.scrape.in')).toMatchObject({
      moduleID: 'remotecfg/shop.x',
      dataFlowEdgesTo: ['prometheus.relabel.in'],
    })
  })

  it('is nothing where there is none', async () => {
    const world = await worlds.running(PIPELINE)
    expect(await world.components('remotecfg/components')).toEqual([])
  })
})
