/** An import whose content the test puts on a shelf: under what key, when it is read, and when it changes. */
import { type AnyImportDefinition, type Content, defineImport, type Watcher } from '../../core/graph/import.ts'
import { attr, block } from '../../core/syntax/schema.ts'
import { string } from '../../core/syntax/types.ts'

export interface Shelf {
  readonly definition: AnyImportDefinition
  /** By key, of the imports that run. */
  readonly watchers: Map<string, Watcher>
  /** Keys in the order in which they were read. */
  readonly reads: string[]
  /** Awaited after each reading, before what was read is handed over. */
  slow: Promise<void> | undefined
  content(text: string): Content
}

/** Brings whatever `texts` has under its `key`; throws when there is nothing. */
export function createShelf(texts: ReadonlyMap<string, string>): Shelf {
  const watchers = new Map<string, Watcher>()
  const reads: string[] = []
  const content = (text: string): Content => ({
    sources: [{ file: `shelf/${text.length}.alloy`, content: text }],
    modulePath: '/shelf',
  })
  const shelf: Shelf = {
    watchers,
    reads,
    slow: undefined,
    content,
    definition: defineImport<{ readonly key: string }>({
      name: 'import.shelf',
      stability: 'generally-available',
      schema: block({ key: attr.required(string) }),
      origin: 'network',
      async read({ key }) {
        reads.push(key)
        const text = texts.get(key)
        await shelf.slow
        if (text === undefined) throw new Error(`the shelf has no ${key}`)
        return content(text)
      },
      async watch({ key }, _context, watcher, signal) {
        watchers.set(key, watcher)
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        if (watchers.get(key) === watcher) watchers.delete(key)
      },
    }),
  }
  return shelf
}
