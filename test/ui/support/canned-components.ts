/** Made-up components in Alloy's shapes, with the streams that belong to them. */
import type { WebComponent, WebFlow, WebStatement, WebValue } from '../../../core/api/web.ts'
import { at } from './canned-cluster.ts'

const text = (value: string): WebValue => ({ type: 'string', value })
const attr = (name: string, value: WebValue): WebStatement => ({ name, type: 'attr', value })
const object = (of: Readonly<Record<string, string>>): WebValue => ({
  type: 'object',
  value: Object.entries(of).map(([key, value]) => ({ key, value: text(value) })),
})

function component(id: string, given: Partial<WebComponent> = {}): WebComponent {
  const parts = id.split('.')
  const label = parts.length > 2 || parts[0] === 'pipeline' ? parts.at(-1) : undefined
  return {
    name: label === undefined ? id : parts.slice(0, -1).join('.'),
    type: 'block',
    localID: id,
    moduleID: '',
    ...(label === undefined ? {} : { label }),
    referencesTo: [],
    referencedBy: [],
    dataFlowEdgesTo: [],
    health: { state: 'healthy', message: 'started component', updatedTime: at(86_400) },
    arguments: [],
    exports: [],
    debugInfo: [],
    liveDebuggingEnabled: true,
    ...given,
  }
}

const DEBUG: readonly WebStatement[] = Array.from({ length: 60 }, (_, index) => ({
  name: 'target',
  type: 'block' as const,
  body: [
    attr('job', text('node')),
    attr('url', text(`http://10.0.0.${index}:9100/metrics`)),
    attr('health', text(index === 7 ? 'down' : 'up')),
    attr('labels', object({ instance: `10.0.0.${index}:9100`, job: 'node' })),
    attr('last_scrape', text(at(index / 5))),
    attr('last_scrape_duration', text('12.4ms')),
  ],
}))

export const COMPONENTS: readonly WebComponent[] = [
  component('discovery.kubernetes.pods', {
    referencedBy: ['discovery.relabel.pods'],
    dataFlowEdgesTo: ['discovery.relabel.pods'],
  }),
  component('discovery.relabel.pods', {
    referencesTo: ['discovery.kubernetes.pods'],
    referencedBy: ['prometheus.scrape.default'],
    dataFlowEdgesTo: ['prometheus.scrape.default'],
  }),
  component('discovery.dns.ingress', {
    referencedBy: ['prometheus.scrape.ingress'],
    dataFlowEdgesTo: ['prometheus.scrape.ingress'],
    health: {
      state: 'unhealthy',
      message: 'looking up ingress.example.internal: no such host (NXDOMAIN)',
      updatedTime: at(95),
    },
  }),
  component('prometheus.scrape.default', {
    referencesTo: ['discovery.relabel.pods', 'prometheus.relabel.drop_noise'],
    dataFlowEdgesTo: ['prometheus.relabel.drop_noise'],
    arguments: [
      attr('targets', {
        type: 'array',
        value: [
          object({ __address__: '10.0.0.7:9100', job: 'node' }),
          object({ __address__: '10.0.0.8:9100', job: 'node' }),
        ],
      }),
      attr('forward_to', {
        type: 'array',
        value: [{ type: 'capsule', value: 'Receiver of prometheus.relabel.drop_noise' }],
      }),
      attr('scrape_interval', text('15s')),
      attr('honor_labels', { type: 'bool', value: true }),
      {
        name: 'basic_auth',
        type: 'block',
        body: [attr('username', text('scraper')), attr('password', { type: 'capsule', value: '(secret)' })],
      },
      { name: 'clustering', type: 'block', body: [attr('enabled', { type: 'bool', value: true })] },
    ],
    debugInfo: DEBUG,
  }),
  component('prometheus.scrape.ingress', {
    referencesTo: ['discovery.dns.ingress', 'prometheus.relabel.drop_noise'],
    dataFlowEdgesTo: ['prometheus.relabel.drop_noise'],
    health: { state: 'unknown', message: 'component evaluated', updatedTime: at(4000) },
  }),
  component('prometheus.relabel.drop_noise', {
    referencesTo: ['prometheus.remote_write.mimir', 'pipeline.team_metrics'],
    referencedBy: ['prometheus.scrape.default', 'prometheus.scrape.ingress'],
    dataFlowEdgesTo: ['prometheus.remote_write.mimir', 'pipeline.team_metrics'],
    exports: [
      attr('receiver', { type: 'capsule', value: 'Receiver of prometheus.relabel.drop_noise' }),
      attr('rules', { type: 'capsule', value: 'capsule("relabel.Rules")' }),
    ],
  }),
  component('pipeline.team_metrics', {
    referencesTo: ['prometheus.remote_write.longterm'],
    referencedBy: ['prometheus.relabel.drop_noise'],
    dataFlowEdgesTo: ['prometheus.remote_write.longterm'],
    createdModuleIDs: ['pipeline.team_metrics'],
    liveDebuggingEnabled: false,
  }),
  component('prometheus.remote_write.mimir', { referencedBy: ['prometheus.relabel.drop_noise'] }),
  component('prometheus.remote_write.longterm', {
    referencedBy: ['pipeline.team_metrics'],
    health: { state: 'exited', message: 'the component stopped: disk full', updatedTime: at(12) },
  }),
]

export const MODULE: readonly WebComponent[] = [
  component('prometheus.relabel.team', {
    moduleID: 'pipeline.team_metrics',
    dataFlowEdgesTo: [],
    liveDebuggingEnabled: false,
  }),
]

export function flows(): readonly WebFlow[] {
  return COMPONENTS.flatMap(({ localID, dataFlowEdgesTo }): WebFlow[] =>
    dataFlowEdgesTo.length === 0 || localID.startsWith('pipeline')
      ? []
      : [
          {
            componentID: localID,
            targetComponentIDs: dataFlowEdgesTo,
            type: localID.startsWith('discovery') ? 'target' : 'prometheus_metric',
            rate: localID.startsWith('discovery') ? 40 : 4300 + Math.random() * 400,
          },
        ],
  )
}

export function debugLine(number: number): string {
  return `{__name__="node_cpu_seconds_total", cpu="${number % 8}", instance="10.0.0.${number % 50}:9100", mode="idle"} ${(number * 17.31).toFixed(2)}`
}
