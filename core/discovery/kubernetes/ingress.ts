/** The role ingress: one target per path of an ingress, for looking at it from outside. */
import { fieldsOf, itemsOf, optionalText, textOf } from '../../kubernetes/json.ts'
import type { TargetGroup } from '../source.ts'
import { addMetadata, type Labels, META, merged, metadataOf, NAMESPACE } from './labels.ts'
import type { Related } from './objects.ts'

export interface Ingress {
  readonly namespace: string
  readonly name: string
  readonly labels: Labels
  readonly rules: readonly { readonly host: string; readonly scheme: string; readonly paths: readonly string[] }[]
}

export function readIngress(object: unknown): Ingress | undefined {
  const metadata = metadataOf(object)
  if (metadata === undefined) return undefined
  const spec = fieldsOf(fieldsOf(object)['spec'])
  const labels = new Map([[NAMESPACE, metadata.namespace]])
  addMetadata(labels, 'ingress', metadata)
  const className = optionalText(spec['ingressClassName'])
  if (className !== undefined) labels.set(`${META}ingress_class_name`, className)
  const secured = itemsOf(spec['tls']).flatMap((entry) => itemsOf(fieldsOf(entry)['hosts']).map(textOf))
  const rules = itemsOf(spec['rules'])
    .map(fieldsOf)
    .map(({ host, http }) => ({
      host: textOf(host),
      scheme: secured.some((pattern) => matches(pattern, textOf(host))) ? 'https' : 'http',
      paths: pathsOf(http),
    }))
  return { namespace: metadata.namespace, name: metadata.name, labels, rules }
}

/** A rule without paths is about all of them. */
function pathsOf(http: unknown): readonly string[] {
  const { paths } = fieldsOf(http)
  return Array.isArray(paths) ? paths.map((entry) => textOf(fieldsOf(entry)['path']) || '/') : ['/']
}

/** `*.example.org` stands for one more part, no more and no less. */
function matches(pattern: string, host: string): boolean {
  if (pattern === host) return true
  return pattern.startsWith('*.') && pattern.slice(1) === host.slice(Math.max(0, host.indexOf('.')))
}

export function ingressGroup(ingress: Ingress, related: Related): TargetGroup {
  const { namespace, name } = ingress
  const targets = ingress.rules.flatMap(({ host, scheme, paths }) =>
    paths.map(
      (path) =>
        new Map([
          ['__address__', host],
          [`${META}ingress_scheme`, scheme],
          [`${META}ingress_host`, host],
          [`${META}ingress_path`, path],
        ]),
    ),
  )
  const labels = merged(ingress.labels, related.namespace(namespace)?.labels)
  return { source: `ingress/${namespace}/${name}`, labels, targets }
}
