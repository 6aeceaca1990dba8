/**
 * The pages on a cluster of real processes, walked through in a browser while nodes come, leave, are killed and take each other's
 * names; what they show is compared with what the API says at that moment. Nothing is ever loaded again by hand.
 *
 * SKEIN_SCREENSHOTS=docs/images also makes the pictures of the documentation.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClusterView } from '../../../core/api/cluster.ts'
import type { ExplainAnswer, TargetRow, TargetsPage } from '../../../core/api/targets.ts'
import type { WebComponent } from '../../../core/api/web.ts'
import { allSee, type ClusterAgent, startNode } from '../../e2e/support/cluster.ts'
import { type Served, serve } from '../../e2e/support/exporter.ts'
import { endEverything } from '../../e2e/support/processes.ts'
import { type Receiver, startReceiver } from '../../e2e/support/receiver.ts'
import { NODE, ROOT, RUNTIMES } from '../../e2e/support/runtimes.ts'
import { until } from '../../e2e/support/until.ts'
import { barriers, MISSING, startBrowser } from '../support/browser.ts'

const TARGETS = 40
const SCRAPE = 'prometheus.scrape.shops'
/** A page asks every two seconds; a machine may be busy. */
const SOON_MS = 15_000

const pictures = process.env['SKEIN_SCREENSHOTS']

function configuration(exporter: string, receiver: string): string {
  const targets = Array.from(
    { length: TARGETS + 1 },
    (_, i) =>
      `    { __address__ = "${exporter}", __metrics_path__ = "/shop/${i}", __meta_region = "${i % 2 ? 'east' : 'west'}", __meta_env = "${i === TARGETS ? 'test' : 'live'}" },`,
  )
  return `
livedebugging {
  enabled = true
}

discovery.relabel "shops" {
  targets = [
${targets.join('\n')}
  ]

  rule {
    source_labels = ["__meta_env"]
    regex         = "test"
    action        = "drop"
  }

  rule {
    source_labels = ["__meta_region"]
    target_label  = "region"
  }

  rule {
    source_labels = ["__metrics_path__"]
    regex         = "/shop/(.*)"
    target_label  = "shop"
    replacement   = "shop-$1"
  }
}

prometheus.scrape "shops" {
  targets         = discovery.relabel.shops.output
  forward_to      = [prometheus.relabel.drop_noise.receiver]
  scrape_interval = "2s"
  scrape_timeout  = "2s"

  clustering {
    enabled = true
  }
}

prometheus.relabel "drop_noise" {
  forward_to = [prometheus.remote_write.central.receiver]

  rule {
    source_labels = ["__name__"]
    regex         = "noise_.*"
    action        = "drop"
  }
}

prometheus.remote_write "central" {
  endpoint {
    name = "central"
    url  = "${receiver}"

    basic_auth {
      username = "fleet"
      password = "not-to-be-seen"
    }

    queue_config {
      batch_send_deadline = "1s"
    }
  }
}
`
}

function exposition(path: string): string {
  const lines = Array.from(
    { length: 40 },
    (_, i) => `orders_total{path="${path}",kind="k${i}"} ${Date.now() % 100_000}`,
  )
  return `# TYPE orders_total counter\n${lines.join('\n')}\nnoise_level 7\n`
}

const missing = MISSING ?? NODE.missing

describe.skipIf(missing !== undefined)(
  `a cluster of four${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let exporter: Served
    let receiver: Receiver
    let browser: Browser
    let context: BrowserContext
    let page: Page
    let config: string
    const nodes: ClusterAgent[] = []
    const complaints: string[] = []

    beforeAll(async () => {
      exporter = await serve((request, response) => {
        // One shop is always closed.
        if (request.url === '/shop/13') response.writeHead(503).end()
        else response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(exposition(request.url ?? ''))
      })
      receiver = await startReceiver()
      config = configuration(exporter.address, receiver.url)
      const here = RUNTIMES.filter((runtime) => runtime.missing === undefined)
      for (const [i, name] of ['skein-0', 'skein-1', 'skein-2', 'skein-3'].entries()) await start(name, i % here.length)
      await allSee(
        nodes,
        nodes.map(({ name }) => name),
        20_000,
      )
      browser = await startBrowser()
      context = await browser.newContext({ baseURL: nodes[0].url, viewport: { width: 1280, height: 800 } })
      page = await context.newPage()
      page.setDefaultTimeout(SOON_MS)
      watch(page)
    }, 120_000)

    afterAll(async () => {
      await browser?.close()
      await endEverything()
    }, 60_000)

    async function start(name: string, runtime = 0): Promise<ClusterAgent> {
      const join = nodes.slice(0, 2).map(({ address }) => address)
      const here = RUNTIMES.filter((one) => one.missing === undefined)
      const node = await startNode(config, { name, runtime: here[runtime] ?? NODE, join, clusterName: 'shops' })
      nodes.push(node)
      return node
    }

    function watch(which: Page): void {
      which.on('pageerror', (error) => complaints.push(error.stack ?? error.message))
      which.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text())
      })
    }

    async function api<T>(path: string, node: ClusterAgent = nodes[0]): Promise<T> {
      const { status, text } = await node.get(`/api/${path}`)
      expect(status, text).toBe(200)
      return JSON.parse(text) as T
    }

    /** The text of the table's row that begins with this name; empty when there is none. */
    async function row(name: string, where: Page = page): Promise<string> {
      const found = where.getByRole('row').filter({ has: where.getByRole('rowheader', { name, exact: false }) })
      const cells = (await found.count()) > 0 ? found : where.getByRole('row').filter({ hasText: name })
      return (await cells.count()) === 0 ? '' : cells.first().innerText()
    }

    async function picture(name: string, of: Page = page): Promise<void> {
      if (pictures === undefined) return
      mkdirSync(join(ROOT, pictures), { recursive: true })
      await of.screenshot({ path: join(ROOT, pictures, `${name}.png`), fullPage: name !== 'targets' })
    }

    async function accessible(): Promise<void> {
      expect(await barriers(page)).toEqual([])
    }

    /** Until the table of peers says of each what the API says at the same moment. */
    async function peersAgree(): Promise<ClusterView> {
      let difference = ''
      return until('the page to say what the API says', SOON_MS, async () => {
        const view = await api<ClusterView>('v1/cluster')
        for (const { name, address, state, announced, work } of view.peers) {
          const text = await row(name)
          const facts = [address, state, announced?.runtime ?? '', `${work?.targets ?? ''}`]
          difference = facts.find((fact) => !text.includes(fact)) ?? ''
          if (difference !== '') return undefined
        }
        return (await page.getByRole('row').filter({ hasText: '127.0.0.1:' }).count()) === view.peers.length && view
      }).catch((error: Error) => {
        throw new Error(`${error.message}: ${difference} is missing`)
      })
    }

    it('shows every peer as the API tells it, and that nothing is wrong', async () => {
      await until('all targets to be scraped', 30_000, async () => {
        const { health } = await api<TargetsPage>('v1/targets?limit=1')
        return health.up === TARGETS - 1 && health.down === 1
      })
      await page.goto('clustering')
      const view = await peersAgree()
      expect(view.peers.map(({ name }) => name)).toEqual(['skein-0', 'skein-1', 'skein-2', 'skein-3'])
      expect(view.peers.reduce((sum, { work }) => sum + (work?.targets ?? 0), 0)).toBe(TARGETS)
      expect(await page.locator('.troubles .callout').count()).toBe(0)
      await accessible()
      await picture('clustering')
    })

    it('shows the targets of all nodes, finds one, and explains it', async () => {
      await page.getByRole('link', { name: 'Targets' }).first().click()
      const { targets, total } = await api<TargetsPage>('v1/targets?limit=1000')
      expect(total).toBe(TARGETS)
      await page.getByText('shop/13').first().waitFor()
      await until(
        'all targets on the page',
        SOON_MS,
        async () => (await page.locator('.target-link').count()) === TARGETS,
      )
      for (const { url, owner } of targets) {
        const text = await row(url)
        expect([url, text.includes(owner ?? '')]).toEqual([url, true])
      }
      expect(await row('/shop/13')).toMatch(/down/)
      await accessible()
      await picture('targets')

      const [wanted] = targets.filter(({ labels }) => labels['shop'] === 'shop-7') as [TargetRow]
      await page.getByRole('searchbox').first().fill('shop=shop-7')
      await until('only one target', SOON_MS, async () => (await page.locator('.target-link').count()) === 1)
      await page.locator('.target-link').first().click()
      await page.locator('.diff').first().waitFor()
      const answer = await api<ExplainAnswer>(`v1/explain?component=${SCRAPE}&key=${wanted.key}`)
      if (answer.found !== 'one') throw new Error(`found ${answer.found}`)
      const { explanation } = answer
      const text = await page.locator('main').innerText()
      expect(text).toContain(explanation.sentence)
      for (const fact of [wanted.owner, wanted.key, ...explanation.runnersUp]) expect(text).toContain(fact)
      for (const value of Object.values(explanation.target.labels)) expect(text).toContain(value)
      await accessible()
      await picture('explain')
    })

    it('says which rule dropped a target that is not scraped', async () => {
      await page.goto(`explain?search=${encodeURIComponent(`/shop/${TARGETS}`)}`)
      await page.getByText(/drop/).first().waitFor()
      expect(await page.locator('main').innerText()).toContain('discovery.relabel.shops')
    })

    it('shows components with their arguments, and no secret', async () => {
      await page.goto('')
      for (const { localID } of await api<WebComponent[]>('v0/web/components')) {
        await page.getByText(localID).first().waitFor()
      }
      await accessible()
      await page.goto('component/prometheus.remote_write.central')
      await page.getByText('batch_send_deadline').first().waitFor()
      expect(await page.content()).not.toContain('not-to-be-seen')
      expect(await page.locator('main').innerText()).toContain('(secret)')
      await accessible()
      await page.goto('graph')
      await page.locator('.edge text').first().waitFor()
      await accessible()
      await picture('graph')
    })

    it('shows what goes through a component, as it goes', async () => {
      await page.goto('debug/prometheus.relabel.drop_noise')
      await page.locator('.feed pre').getByText('orders_total').first().waitFor()
      await accessible()
    })

    it('shows what is sent, as a live line', async () => {
      await page.goto('queues')
      await page.getByText('central').first().waitFor()
      await until('a line to be drawn', SOON_MS, async () => (await page.locator('.plot-line').count()) > 0)
      expect(await page.content()).not.toContain('not-to-be-seen')
      if (pictures !== undefined) await new Promise((resolve) => setTimeout(resolve, 40_000))
      await accessible()
      await picture('queues')
    }, 90_000)

    it('follows a node that comes', async () => {
      await page.goto('clustering')
      await peersAgree()
      await start('skein-4')
      await until('it to be there', SOON_MS, async () => (await row('skein-4')).includes('participant'))
      const view = await peersAgree()
      expect(view.peers).toHaveLength(5)
      expect(await page.locator('main').innerText()).toContain('skein-4')
    }, 60_000)

    it('follows a node that leaves', async () => {
      const [leaving] = nodes.splice(3, 1)
      await leaving.stop()
      await until('it to be gone', SOON_MS, async () => !(await row('skein-3')).includes('127.0.0.1'))
      expect((await peersAgree()).peers).toHaveLength(4)
    }, 60_000)

    it('says that a node does not answer when it was killed, and then that it is gone', async () => {
      const [killed] = nodes.splice(3, 1)
      killed.signal('SIGKILL')
      await killed.exit
      await until('it to be missed', SOON_MS, async () => (await row('skein-4')).includes('no answer'))
      await page.goto('doctor')
      await page.getByText('Nodes that do not answer').first().waitFor()
      await page.goto('clustering')
      await until('it to be gone', 40_000, async () => !(await row('skein-4')).includes('127.0.0.1'))
      expect((await peersAgree()).peers).toHaveLength(3)
    }, 90_000)

    it('says what is wrong when another node takes a name, and what to do', async () => {
      const impostor = await start('skein-1')
      const other = await context.newPage()
      watch(other)
      await other.goto(`${impostor.url}/clustering`)
      await other.getByText('Name conflict').first().waitFor({ timeout: SOON_MS })
      await other.getByText('--cluster.node-name').first().waitFor()
      await other.goto(`${impostor.url}/doctor`)
      await other.getByText('Name conflict').first().waitFor()
      await picture('doctor', other)
      await other.close()
    }, 60_000)

    it('never makes the browser complain', () => {
      // A node that was killed answers nothing: that is said on the page, and by the browser.
      expect(complaints.filter((text) => !/Failed to load resource/.test(text))).toEqual([])
    })
  },
)
