/**
 * The imports of the running configuration: what each has brought, and a look-out for what it brings next. Owns the watches; taking modules apart
 * and putting a change into force is the graph's business.
 */
import { messageOf } from '../errors.ts'
import { deepEqual } from '../syntax/value.ts'
import type { AnyComponentDefinition } from './component.ts'
import { type Health, type HealthState, leastHealthy } from './health.ts'
import type { AnyImportDefinition, Content, ImportContext } from './import.ts'
import { placeOf, type Surroundings } from './instance.ts'
import { type Readable, readSyntax } from './readable.ts'
import type { Source } from './sources.ts'
import type { ImportVertex } from './vertex.ts'

/** An import as it is part of a configuration. */
export interface Imported {
  readonly definition: AnyImportDefinition
  readonly args: unknown
  readonly content: Content
  readonly readable: Readable
  /** Why these arguments brought nothing: the content is that of the ones before. */
  readonly missing?: string
  /** What a watch had brought before this was read. */
  readonly outdates?: Imported | undefined
}

/** With known arguments: read `again`, as the watch has brought it (`news`), or as it is in force (`known`). */
export type Look = 'again' | 'news' | 'known'

export type Obtained =
  | { readonly ok: true; readonly imported: Imported }
  | { readonly ok: false; readonly message: string }

export interface Imports {
  /** What the import brings, with these arguments. What is in force stays good when that can't be had, unless a load changed the arguments. */
  obtain(vertex: ImportVertex, args: unknown, look: Look): Promise<Obtained>
  /** These are part of the running configuration now; all others end. */
  install(imported: ReadonlyMap<string, Imported>): void
  /** What was brought last couldn't be put into force. False when this is no import. */
  refused(id: string, message: string): boolean
  /** How the content is, nested imports included; what the evaluation of the arguments says is not in it. */
  health(id: string): Health | undefined
  stop(): Promise<void>
}

interface Live {
  imported: Imported
  /** Newer than `imported`, and not in force yet. */
  pending: Imported | undefined
  /** What of it a stage was given last. */
  tried: Imported | undefined
  /** What was brought last, in force or refused: the same again is no news. */
  seen: Content
  health: Health
  readonly abort: AbortController
  ended: Promise<void>
}

export interface ImportsOptions {
  readonly surroundings: Surroundings
  readonly definitions: ReadonlyMap<string, AnyComponentDefinition>
  /** An import has something else to bring than what is in force. */
  readonly changed: (id: string) => void
}

export function createImports({ surroundings, definitions, changed }: ImportsOptions): Imports {
  const { clock } = surroundings.ports
  const live = new Map<string, Live>()

  function contextOf(id: string): ImportContext {
    const { ports, timers, services } = surroundings
    return { id, ports, timers, services, log: surroundings.log.with(placeOf(id)) }
  }

  function health(state: HealthState, message: string): Health {
    return { state, message, updatedAt: clock.now() }
  }

  function loaded(): Health {
    return health('healthy', 'module content loaded')
  }

  function stale(message: string): Health {
    return health('unhealthy', `the last content stays: ${message}`)
  }

  function parsed(definition: AnyImportDefinition, args: unknown, content: Content): Imported {
    return { definition, args, content, readable: readSyntax(content.sources, definitions) }
  }

  async function obtain({ id, definition }: ImportVertex, args: unknown, look: Look): Promise<Obtained> {
    const running = live.get(id)
    const known = running?.imported.definition === definition ? running : undefined
    const same = known !== undefined && deepEqual(known.imported.args, args)
    if (same && look === 'known') return { ok: true, imported: known.imported }
    if (same && look === 'news') {
      known.tried = known.pending
      return { ok: true, imported: known.pending ?? known.imported }
    }
    const outdates = known?.pending
    try {
      const content = await definition.read(args, contextOf(id), surroundings.shutdown)
      const unchanged = same && sameContent(content, known.imported.content)
      const { readable } = unchanged ? known.imported : parsed(definition, args, content)
      return { ok: true, imported: { definition, args, content, readable, outdates } }
    } catch (error) {
      const missing = messageOf(error)
      if (known === undefined || (!same && look === 'again')) return { ok: false, message: missing }
      surroundings.log.warn('failed to read a module; the last content stays', { component_id: id, err: missing })
      if (!same) return { ok: true, imported: { ...known.imported, args, missing } }
      known.health = stale(missing)
      return { ok: true, imported: known.imported }
    }
  }

  function install(imported: ReadonlyMap<string, Imported>): void {
    for (const [id, one] of live) {
      const next = imported.get(id)
      if (next?.definition === one.imported.definition && deepEqual(next.args, one.imported.args)) {
        if (next !== one.imported) takeOver(one, next)
        else if (one.pending === next) one.pending = undefined
      } else {
        one.abort.abort()
        live.delete(id)
      }
    }
    for (const [id, one] of imported) if (!live.has(id)) watch(id, one)
  }

  /** What the watch has brought since `next` was read is still to come. */
  function takeOver(one: Live, { outdates, ...next }: Imported): void {
    const { pending } = one
    if (pending !== undefined && (pending === outdates || sameContent(pending.content, next.content)))
      one.pending = undefined
    one.imported = next
    one.tried = undefined
    one.seen = (one.pending ?? next).content
    one.health = loaded()
  }

  function watch(id: string, { outdates: _, ...imported }: Imported): void {
    const { definition, args, missing } = imported
    const context = contextOf(id)
    const abort = new AbortController()
    const one: Live = {
      imported,
      pending: undefined,
      tried: undefined,
      seen: imported.content,
      health: missing === undefined ? loaded() : stale(missing),
      abort,
      ended: Promise.resolve(),
    }
    live.set(id, one)
    const watcher = {
      changed(content: Content): void {
        if (abort.signal.aborted) return
        const { seen } = one
        one.seen = content
        const isInForce = sameContent(content, one.imported.content)
        if (isInForce) one.health = loaded()
        if ((isInForce && one.pending === undefined) || sameContent(content, seen)) return
        // What is in force is news as well while something else may be about to take its place.
        one.pending = isInForce ? one.imported : parsed(definition, args, content)
        changed(id)
      },
      failed(message: string): void {
        if (abort.signal.aborted) return
        if (one.health.state === 'healthy')
          context.log.error('failed to read a module; the last content stays', { err: message })
        one.health = stale(message)
      },
    }
    one.ended = definition
      .watch(args, context, watcher, abort.signal)
      .catch((error) => watcher.failed(messageOf(error)))
  }

  return {
    obtain,
    install,
    refused(id, message) {
      const one = live.get(id)
      if (one === undefined) return false
      // Else it is something newer, which has its turn to come.
      if (one.pending === one.tried) one.pending = undefined
      one.tried = undefined
      one.health = stale(message)
      contextOf(id).log.error('new content of a module refused; the last one stays', { err: message })
      return true
    },
    health(id) {
      const own = live.get(id)?.health
      if (own === undefined) return undefined
      const nested = [...live].filter(([other]) => other.startsWith(`${id}/`))
      return leastHealthy(own, ...nested.map(([, { health }]) => health))
    },
    async stop() {
      const all = [...live.values()]
      live.clear()
      for (const { abort } of all) abort.abort()
      await Promise.all(all.map(({ ended }) => ended))
    },
  }
}

function sameContent(a: Content, b: Content): boolean {
  return a.modulePath === b.modulePath && a.sources.length === b.sources.length && a.sources.every(isSame)

  function isSame({ file, content, secret }: Source, i: number): boolean {
    const other = b.sources[i]
    return file === other.file && secret === other.secret && sameText(content, other.content)
  }
}

function sameText(a: string | Uint8Array, b: string | Uint8Array): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
