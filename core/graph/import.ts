/** The contract between the graph and a block that brings modules from elsewhere: `import.file` and its like. */
import type { Ports } from '../ports.ts'
import type { Schema } from '../syntax/schema.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Timers } from '../time/timers.ts'
import type { Stability } from './component.ts'
import type { Services } from './lent.ts'
import type { Source } from './sources.ts'

/** What an import brought. */
export interface Content {
  readonly sources: readonly Source[]
  /** `module_path` inside of it; that of the import's own surroundings unless given. */
  readonly modulePath?: string
}

export interface ImportContext {
  /** `import.file.shared`. */
  readonly id: string
  readonly log: Logger
  readonly ports: Ports
  readonly timers: Timers
  readonly services: Services
}

/** Hears of a watched import. */
export interface Watcher {
  /** The content now, changed or not. */
  changed(content: Content): void
  /** It can't be had just now, and why; the content that was had stays in force. */
  failed(message: string): void
}

export interface ImportDefinition<Args> {
  readonly name: string
  readonly stability: Stability
  readonly schema: Schema<Args>
  /** Where the content comes from: what the network brings may not name files of this machine. */
  readonly origin: 'machine' | 'network' | 'configuration'
  /** The content now. Rejects with an error for people. */
  read(args: Args, context: ImportContext, signal: AbortSignal): Promise<Content>
  /** Looks after the content until the signal aborts. */
  watch(args: Args, context: ImportContext, watcher: Watcher, signal: AbortSignal): Promise<void>
}

/** A definition whose types only its own file knows. */
export type AnyImportDefinition = ImportDefinition<unknown>

export function defineImport<Args>(definition: ImportDefinition<Args>): AnyImportDefinition {
  return definition as unknown as AnyImportDefinition
}
