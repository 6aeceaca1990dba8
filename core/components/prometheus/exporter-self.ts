/** prometheus.exporter.self: the agent's own metrics as a target, scraped in memory. */
import {
  type AnyComponentDefinition,
  type Component,
  type ComponentContext,
  defineComponent,
} from '../../graph/component.ts'
import { block, type Infer } from '../../syntax/schema.ts'
import { type Capsule, targetCapsule } from '../../syntax/value.ts'
import { IDENTITY } from '../lent.ts'
import { untilAborted } from '../until-aborted.ts'

const NAME = 'prometheus.exporter.self'

const schema = block({})

type Args = Infer<typeof schema>

interface Exports {
  readonly targets: readonly Capsule[]
}

function build(context: ComponentContext<Exports>): Component<Args> {
  const identity = context.services(IDENTITY)
  const labels = new Map([
    ['__address__', identity.memoryAddress],
    ['__metrics_path__', `/api/v0/component/${context.id}/metrics`],
    ['__meta_component_name', NAME],
    ['__meta_component_id', context.id],
    ['job', 'integrations/self'],
    ['instance', identity.hostname],
  ])
  context.publish({ targets: [targetCapsule.wrap(labels)] })
  return {
    run: untilAborted,
    update: () => undefined,
    http(_request, path) {
      if (path !== '/metrics') return new Response(`nothing is served at ${path}\n`, { status: 404 })
      const headers = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }
      return new Response(identity.exposeMetrics(), { headers })
    },
  }
}

export const prometheusExporterSelf: AnyComponentDefinition = defineComponent<Args, Exports>({
  name: NAME,
  about: {
    does: "Makes skein's own metrics a target. They are scraped in memory, without a socket.",
    exports: [{ name: 'targets', type: 'list(map(string))', doc: 'One target, with the labels `job` and `instance`.' }],
  },
  stability: 'generally-available',
  schema,
  build,
})
