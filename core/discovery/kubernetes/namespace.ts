/** Namespaces: no targets, but metadata for those of others (`attach_metadata`). */
import { addMetadata, metadataOf } from './labels.ts'
import type { Namespace } from './objects.ts'

export function readNamespace(object: unknown): Namespace | undefined {
  const metadata = metadataOf(object)
  if (metadata === undefined) return undefined
  const labels = new Map<string, string>()
  addMetadata(labels, 'namespace', metadata)
  return { labels }
}
