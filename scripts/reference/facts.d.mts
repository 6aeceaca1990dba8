/** The shape of what the reference is made of. */
import type { CommandRow } from '../../adapters/cli/command-table.ts'
import type { AnyComponentDefinition, Stability } from '../../core/graph/component.ts'
import type { Question } from '../../core/http/questions.ts'
import type { Schema } from '../../core/syntax/schema.ts'

export interface ConfigBlock {
  readonly name: string
  readonly does: string
  readonly label: 'required' | 'none'
  readonly state: 'works' | 'works in part' | 'no effect' | 'refused'
  readonly stability: Stability
  readonly schema: Schema<unknown>
}

export interface DocumentedFunction {
  readonly name: string
  readonly signature: string
  readonly doc: string
  readonly stability: Stability
  /** Old names, which work with a warning. */
  readonly aliases: readonly string[]
}

export interface Facts {
  readonly components: readonly AnyComponentDefinition[]
  readonly blocks: readonly ConfigBlock[]
  readonly functions: readonly DocumentedFunction[]
  /** What `constants` has, and what it is. */
  readonly constants: Readonly<Record<string, string>>
  readonly commands: readonly CommandRow[]
  /** Of the API, by path. */
  readonly questions: Readonly<Record<string, Question>>
}
