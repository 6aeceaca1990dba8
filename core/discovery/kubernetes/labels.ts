/** What the meta labels of Kubernetes targets are called, and how an object's metadata becomes labels. Knows no role. */
import { fieldsOf, textOf, textsOf } from '../../kubernetes/json.ts'
import { MAX_REMEMBERED_META_NAMES } from '../../limits.ts'
import { labelName } from '../label-text.ts'

export type Labels = ReadonlyMap<string, string>

/** Followed by whatever it is about: `pod_ip`. */
export const META = '__meta_kubernetes_'
export const NAMESPACE: string = `${META}namespace`

/** How metadata of an object is called in labels. */
export type Subject = 'node' | 'pod' | 'service' | 'endpoints' | 'endpointslice' | 'ingress' | 'namespace'

export interface Metadata {
  readonly namespace: string
  readonly name: string
  readonly labels: readonly (readonly [key: string, value: string])[]
  readonly annotations: readonly (readonly [key: string, value: string])[]
}

/** Undefined for an object without a name. */
export function metadataOf(object: unknown): Metadata | undefined {
  const metadata = fieldsOf(fieldsOf(object)['metadata'])
  const name = textOf(metadata['name'])
  if (name === '') return undefined
  return {
    namespace: textOf(metadata['namespace']),
    name,
    labels: textsOf(metadata['labels']),
    annotations: textsOf(metadata['annotations']),
  }
}

/** `<subject>_label_…`, `_labelpresent_…`, `_annotation_…`, `_annotationpresent_…`; and `<subject>_name`, but for namespaces. */
export function addMetadata(into: Map<string, string>, subject: Subject, metadata: Metadata): void {
  if (subject !== 'namespace') into.set(`${META}${subject}_name`, metadata.name)
  for (const kind of ['label', 'annotation'] as const) {
    for (const [key, value] of kind === 'label' ? metadata.labels : metadata.annotations) {
      into.set(metaName(`${subject}_${kind}_`, key), value)
      into.set(metaName(`${subject}_${kind}present_`, key), 'true')
    }
  }
}

/** By what stands before them, then by key. Clusters use the same few keys for thousands of objects. */
const remembered = new Map<string, Map<string, string>>()
let rememberedCount = 0

/** `pod_label_`, `app.kubernetes.io/name` → `__meta_kubernetes_pod_label_app_kubernetes_io_name` */
export function metaName(before: string, key: string): string {
  const known = remembered.get(before)?.get(key)
  if (known !== undefined) return known
  if (rememberedCount >= MAX_REMEMBERED_META_NAMES) {
    remembered.clear()
    rememberedCount = 0
  }
  let names = remembered.get(before)
  if (names === undefined) remembered.set(before, (names = new Map()))
  const name = `${META}${before}${labelName(key)}`
  names.set(key, name)
  rememberedCount++
  return name
}

/** Several sets of labels as one; later ones win. */
export function merged(...sets: readonly (Labels | undefined)[]): Map<string, string> {
  const all = new Map<string, string>()
  for (const set of sets) if (set !== undefined) for (const [name, value] of set) all.set(name, value)
  return all
}
