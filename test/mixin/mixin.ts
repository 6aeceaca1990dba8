/** The mixin as its source makes it, with types, and every expression in it. */

export interface Rule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url', string>>
}

export interface RuleGroup {
  readonly name: string
  readonly rules: readonly Rule[]
}

export interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } }
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly legendFormat?: string }[]
}

export interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly tags: readonly string[]
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] }
}

export interface Options {
  readonly cluster: readonly string[]
  readonly docs: string
}

const at = (path: string): string => new URL(`../../deploy/mixin/source/${path}`, import.meta.url).href

const { alertGroups, DEFAULTS } = (await import(/* @vite-ignore */ at('alerts.mjs'))) as {
  alertGroups(options: Options): readonly RuleGroup[]
  DEFAULTS: Options
}
const { dashboards } = (await import(/* @vite-ignore */ at('dashboards.mjs'))) as {
  dashboards(options: Options): readonly Dashboard[]
}
const files = (await import(/* @vite-ignore */ at('files.mjs'))) as {
  mixinFiles(options?: Partial<Options>): ReadonlyMap<string, string>
}

const DASHBOARDS: readonly Dashboard[] = dashboards(DEFAULTS)
const groups: readonly RuleGroup[] = alertGroups(DEFAULTS)
const rules: readonly Rule[] = groups.flatMap((group) => group.rules)

export { DASHBOARDS, groups, rules }

/** Content by path. */
export function mixinFiles(options?: Partial<Options>): ReadonlyMap<string, string> {
  return files.mixinFiles(options)
}

/** As Grafana would ask it when everything is chosen. */
export function withoutVariables(expression: string): string {
  return expression.replaceAll('$__rate_interval', '5m').replace(/\$\w+/g, '.*')
}

export interface Expression {
  /** For messages: `ClusterTooSmall`, `skein / Resources, CPU usage`. */
  readonly where: string
  readonly expr: string
  readonly legend: string
}

export function expressions(): Expression[] {
  const ofAlerts = rules.map(({ alert, expr }) => ({ where: alert, expr, legend: '' }))
  const ofPanels = DASHBOARDS.flatMap(({ title, panels }) =>
    panels.flatMap(({ title: panel, targets = [] }) =>
      targets.map(({ expr, legendFormat }) => ({
        where: `${title}, ${panel}`,
        expr: withoutVariables(expr),
        legend: legendFormat ?? '',
      })),
    ),
  )
  return [...ofAlerts, ...ofPanels]
}

/** The selectors of the variables' queries. */
export function variableExpressions(): Expression[] {
  return DASHBOARDS.flatMap(({ title, templating }) =>
    templating.list.flatMap(({ name, definition }) => {
      const [, selector, label] = /^label_values\((.*), (\w+)\)$/.exec(definition ?? '') ?? []
      if (selector === undefined) return []
      return [{ where: `${title}, $${name}`, expr: withoutVariables(selector), legend: `{{${label}}}` }]
    }),
  )
}
