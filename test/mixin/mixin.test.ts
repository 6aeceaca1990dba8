/** What is committed is what the source makes, and Grafana and people find in it what they need. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { DASHBOARDS, type Dashboard, groups, mixinFiles, type Panel, rules } from './mixin.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const MIXIN = `${ROOT}deploy/mixin/`

function text(path: string): string {
  return readFileSync(path, 'utf8')
}

describe('the mixin', () => {
  it.each([...mixinFiles()])('%s is what the source makes: run node deploy/mixin/build.mjs', (path, content) => {
    expect(text(MIXIN + path)).toBe(content)
  })

  it('has no dashboards beside those', () => {
    expect(readdirSync(`${MIXIN}dashboards`).sort()).toEqual(DASHBOARDS.map(({ uid }) => `${uid}.json`).sort())
  })

  it('is JSON and YAML, and says the same', () => {
    for (const one of DASHBOARDS) {
      expect(JSON.parse(mixinFiles().get(`dashboards/${one.uid}.json`) ?? '')).toEqual(JSON.parse(JSON.stringify(one)))
    }
    expect(parse(mixinFiles().get('alerts.yaml') ?? '')).toEqual({ groups })
  })

  it('can be made for other clusters and another place of the documentation', () => {
    const made = mixinFiles({ cluster: ['cluster_name'], docs: 'https://docs.test' }).get('alerts.yaml') ?? ''
    expect(made).toContain('count by (cluster_name) (max by (cluster_name, sha256) (')
    expect(made).toContain('runbook_url: https://docs.test/troubleshooting.md#split-brain')
    expect(made).not.toContain('runbook_url: docs/')
    const overview = mixinFiles({ cluster: ['cluster_name'] }).get('dashboards/skein-cluster-overview.json')
    expect(overview).toContain('max by (cluster_name, state)')
  })
})

/** As GitHub makes them of headings, and those that are written down. */
function anchors(page: string): Set<string> {
  const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .trim()
      .replace(/\s/g, '-'),
  )
  return new Set([...headings, ...[...page.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, id]) => id)])
}

describe('alerts', () => {
  it('have names of their own, and everything that who is woken up needs', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
    for (const { alert, labels, annotations } of rules) {
      expect({ alert, ...labels }).toEqual({ alert, severity: expect.stringMatching(/^(?:warning|critical)$/) })
      expect({ alert, annotations }).toMatchObject({
        annotations: {
          summary: expect.stringMatching(/^[A-Z].{10,80}\.$/),
          description: expect.stringMatching(/^.{60,600}\.$/),
        },
      })
    }
  })

  it("keep the names of Alloy's", () => {
    const names = rules.map(({ alert }) => alert)
    expect(names).toEqual(
      expect.arrayContaining([
        'ClusterNotConverging',
        'ClusterNodeCountMismatch',
        'ClusterNodeUnhealthy',
        'ClusterNodeNameConflict',
        'ClusterNodeStuckTerminating',
        'ClusterConfigurationDrift',
        'SlowComponentEvaluations',
        'UnhealthyComponents',
      ]),
    )
  })

  it('lead to a place in the documentation', () => {
    const checks = text(`${ROOT}core/api/doctor.ts`)
    for (const { alert, annotations } of rules) {
      const [, page, anchor] = /^docs\/([\w-]+\.md)#([\w-]+)$/.exec(annotations.runbook_url) ?? []
      expect({ alert, page }).toEqual({ alert, page: expect.any(String) })
      if (page === 'troubleshooting.md')
        expect({ alert, check: checks.includes(`'${anchor}'`) }).toMatchObject({ check: true })
      const path = `${ROOT}docs/${page}`
      expect({ alert, page, there: existsSync(path) }).toEqual({ alert, page, there: true })
      expect({ alert, page, anchor, there: anchors(text(path)).has(anchor) }).toMatchObject({ there: true })
    }
  })
})

function contentOf({ panels }: Dashboard): Panel[] {
  return panels.filter(({ type }) => type !== 'row')
}

function overlap({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
}

describe('dashboards', () => {
  it('can be told apart, and lead to each other', () => {
    expect(new Set(DASHBOARDS.map(({ uid }) => uid)).size).toBe(DASHBOARDS.length)
    expect(new Set(DASHBOARDS.map(({ title }) => title)).size).toBe(DASHBOARDS.length)
    for (const { tags, uid } of DASHBOARDS) {
      expect(tags).toEqual(['skein-mixin'])
      expect(uid.length).toBeLessThanOrEqual(40)
      expect(mixinFiles().get(`dashboards/${uid}.json`)).toContain('"includeVars": true')
    }
    const links = [...mixinFiles().values()].flatMap((file) =>
      [...file.matchAll(/"\/d\/([\w-]+)\?/g)].map(([, uid]) => uid),
    )
    expect(links.length).toBeGreaterThan(0)
    expect(links.filter((link) => !DASHBOARDS.some(({ uid }) => uid === link))).toEqual([])
  })

  it.each(DASHBOARDS.map((one) => [one.title, one] as const))('%s: panels have places of their own', (_, one) => {
    expect(new Set(one.panels.map(({ id }) => id)).size).toBe(one.panels.length)
    for (const [i, panel] of one.panels.entries()) {
      const { x, y, w, h } = panel.gridPos
      expect(x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= 24).toBe(true)
      expect(one.panels.slice(i + 1).filter((other) => overlap(panel, other))).toEqual([])
    }
  })

  it.each(DASHBOARDS.map((one) => [one.title, one] as const))('%s: panels explain themselves', (_, one) => {
    const titles = contentOf(one).map(({ title }) => title)
    expect(new Set(titles).size).toBe(titles.length)
    for (const { title, description, fieldConfig, targets = [] } of contentOf(one)) {
      expect({ title, description }).toEqual({ title, description: expect.stringMatching(/^.{20,}\.$/) })
      expect({ title, unit: fieldConfig?.defaults.unit }).toEqual({ title, unit: expect.stringMatching(/./) })
      expect(targets.length).toBeGreaterThan(0)
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length)
    }
  })

  it.each(DASHBOARDS.map((one) => [one.title, one] as const))('%s: uses the variables that it has', (_, one) => {
    const names = one.templating.list.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['datasource', 'cluster', 'namespace', 'job']))
    const used = new Set(
      [...JSON.stringify(one.panels).matchAll(/\$(\w+)/g)]
        .map(([, name]) => name)
        .filter((name) => !name.startsWith('__')),
    )
    expect([...used].sort()).toEqual([...names].sort())
    // Each asks only for what the ones before it left over.
    for (const [i, { definition }] of one.templating.list.entries()) {
      const asked = [...(definition ?? '').matchAll(/\$(\w+)/g)].map(([, name]) => name)
      expect(asked).toEqual(definition === undefined ? [] : names.slice(1, i))
    }
  })
})
