/**
 * promtool, Prometheus's own tool, takes the rules, understands every expression, and says of each alert that it fires when it must
 * and is silent otherwise: in a cluster with a name and in one without. Fetched by npm run peers.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Case, Series } from './alert-cases/case.ts'
import { CASES } from './alert-cases/cases.ts'
import { expressions, mixinFiles, rules, variableExpressions } from './mixin.ts'

const { peersFolder } = (await import(/* @vite-ignore */ new URL('../../scripts/peers.mjs', import.meta.url).href)) as {
  peersFolder(): string
}
const promtool = join(peersFolder(), 'root', 'usr', 'bin', 'promtool')

/** These say which cluster they are about. */
const NAMED: ReadonlySet<string> = new Set(
  rules
    .filter(({ alert, expr }) => expr.includes('cluster_name') && alert.startsWith('Cluster'))
    .map(({ alert }) => alert),
)
const HAVE_CLUSTER_NAME = /^(?:cluster_|alloy_config_hash$)/

function selector({ name, labels }: Series, job: string, clusterName: string): string {
  const all = { job, ...(HAVE_CLUSTER_NAME.test(name) ? { cluster_name: clusterName } : {}), ...labels }
  return name + labelText(all)
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',')}}`
}

function firing({ alert, when, at, fires }: Case, clusterName: string): object {
  const keys = new Set(['alertname', 'cluster_name', 'job', ...fires.flatMap((labels) => Object.keys(labels))])
  const name = NAMED.has(alert) && clusterName !== '' ? { cluster_name: clusterName } : {}
  return {
    expr: `count by (${[...keys].join()}) (ALERTS{alertname="${alert}", alertstate="firing", job="${when}"})`,
    eval_time: `${at}m`,
    exp_samples: fires.map((labels) => ({
      labels: labelText({ alertname: alert, job: when, ...name, ...labels }),
      value: 1,
    })),
  }
}

/**
 * In JSON, which is YAML. A store takes long to set up, so all cases of an alert are in one, each a job of its own: they also prove
 * that jobs don't mix.
 */
function testFile(
  alert: string,
  cases: readonly Case[],
  clusterName: string,
  kind: 'promql_expr_test' | 'alert_rule_test',
  expected: (one: Case) => object,
): string {
  const test = {
    interval: '1m',
    name: alert,
    input_series: cases.flatMap(({ when, series }) =>
      series.map((each) => ({ series: selector(each, when, clusterName), values: each.values })),
    ),
    [kind]: cases.map(expected),
  }
  return JSON.stringify({ rule_files: [`${alert}.rules.yaml`], evaluation_interval: '1m', tests: [test] })
}

describe('every alert', () => {
  it('is proved to fire and to be silent', () => {
    for (const { alert } of rules) {
      const own = CASES.filter((one) => one.alert === alert)
      expect({ alert, fires: own.some(({ fires }) => fires.length > 0) }).toEqual({ alert, fires: true })
      expect({ alert, silent: own.some(({ fires }) => fires.length === 0) }).toEqual({ alert, silent: true })
    }
    expect(CASES.filter(({ alert }) => !rules.some((rule) => rule.alert === alert))).toEqual([])
  })
})

describe.skipIf(!existsSync(promtool))('promtool, fetched by npm run peers', () => {
  let folder = ''

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'skein-mixin-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  function run(command: string, names: readonly string[]): { ok: boolean; says: string } {
    const paths = names.map((name) => join(folder, name))
    const { status, stdout, stderr } = spawnSync(promtool, [command, 'rules', ...paths], {
      encoding: 'utf8',
      timeout: 120_000,
      maxBuffer: 64 * 1024 * 1024,
    })
    return { ok: status === 0, says: `${stdout}${stderr}` }
  }

  function check(name: string, content: string | undefined): { ok: boolean; says: string } {
    writeFileSync(join(folder, name), content ?? '')
    return run('check', [name])
  }

  /** One file for each alert, with a rules file that has nothing else: evaluating all of them each time takes long. */
  function test(
    cases: readonly Case[],
    clusterName: string,
    kind: 'promql_expr_test' | 'alert_rule_test',
    expected: (one: Case) => object,
  ): { ok: boolean; says: string } {
    const alerts = [...new Set(cases.map(({ alert }) => alert))]
    for (const alert of alerts) {
      const own = rules.filter((rule) => rule.alert === alert)
      writeFileSync(join(folder, `${alert}.rules.yaml`), JSON.stringify({ groups: [{ name: 'one', rules: own }] }))
      const file = testFile(
        alert,
        cases.filter((one) => one.alert === alert),
        clusterName,
        kind,
        expected,
      )
      writeFileSync(join(folder, `${alert}.yaml`), file)
    }
    return run(
      'test',
      alerts.map((alert) => `${alert}.yaml`),
    )
  }

  it('takes the alerts', () => {
    expect(check('alerts.yaml', mixinFiles().get('alerts.yaml'))).toMatchObject({ ok: true })
  })

  it('takes the alerts for clusters that other labels tell apart', () => {
    const other = mixinFiles({ cluster: ['cluster_name'] }).get('alerts.yaml')
    expect(check('other.yaml', other)).toMatchObject({ ok: true })
  })

  it('understands every expression of the dashboards', () => {
    const record = ({ expr }: { expr: string }, i: number): object => ({ record: `expression:${i}`, expr })
    const all = [...expressions(), ...variableExpressions()]
    const file = (list: readonly { expr: string }[]): string =>
      JSON.stringify({ groups: [{ name: 'all', rules: list.map(record) }] })
    expect(check('expressions.yaml', file(all))).toMatchObject({ ok: true })
    expect(check('wrong.yaml', file([{ expr: 'sum by (a (up)' }]))).toMatchObject({ ok: false })
  })

  it.each([
    ['without a name', ''],
    ['with a name', 'prod'],
  ])('says that the alerts of a cluster %s fire when they must', (_, clusterName) => {
    const outcome = test(CASES, clusterName, 'promql_expr_test', (one) => firing(one, clusterName))
    expect(outcome).toMatchObject({ ok: true })
  })

  it('finds out when one does not', () => {
    const silent = CASES.filter(({ alert, fires }) => alert === CASES[0].alert && fires.length === 0)
    const wrong = [...silent, { ...CASES[0], fires: [] }]
    const outcome = test(wrong, 'prod', 'promql_expr_test', (one) => firing(one, 'prod'))
    expect(outcome).toMatchObject({ ok: false })
    expect(outcome.says.match(/exp:/g)).toHaveLength(1)
  })

  it.each(['', 'prod'])('fills in what alerts say in a cluster named "%s"', (clusterName) => {
    // What is said is shown when something else was expected.
    const cases = rules.flatMap(({ alert }) => CASES.find((one) => one.alert === alert && one.fires.length > 0) ?? [])
    const { says } = test(cases, clusterName, 'alert_rule_test', ({ alert, at }) => ({
      alertname: alert,
      eval_time: `${at}m`,
      exp_alerts: [],
    }))
    const said = says.split('\n').filter((line) => line.includes('Annotations:'))
    expect(said.length).toBeGreaterThanOrEqual(cases.length)
    expect(said.filter((line) => /<error|<no value>|\{\{|%!|NaN|description=" |description="", /.test(line))).toEqual(
      [],
    )
    const name = clusterName === '' ? 'cluster without a name (fires when ' : 'cluster prod (fires when '
    expect(said.filter((line) => line.includes(name)).length).toBeGreaterThan(10)
  })
})
