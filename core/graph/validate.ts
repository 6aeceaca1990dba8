/**
 * What is wrong with a configuration as far as its text shows it, for people who look before they load: nothing is built or asked over the network,
 * and what depends on the machine that will run it is taken to be right. Imported files are read.
 */
import { messageOf } from '../errors.ts'
import { MAX_MODULE_DEPTH } from '../limits.ts'
import type { Block } from '../syntax/ast.ts'
import { decodeBlock } from '../syntax/decode.ts'
import { type Diagnostic, errorAt } from '../syntax/diagnostic.ts'
import { scopeOf } from '../syntax/evaluate.ts'
import type { ObjectValue } from '../syntax/value.ts'
import type { PlanOptions } from './blocks.ts'
import { type Checking, checkBody, isCertain, type Library } from './check.ts'
import { withModulePath } from './environment.ts'
import type { ImportContext } from './import.ts'
import { explained } from './load-result.ts'
import { type BodyPlan, createPlanner, type PlannedBlock } from './plan.ts'
import { type Readable, readSyntax } from './readable.ts'
import { type DecodeRemote, readSettings } from './settings.ts'
import { directoryOf, type Source } from './sources.ts'

export interface ValidateOptions extends PlanOptions {
  readonly values: ObjectValue
  /** Functions that may give something else where the configuration will run. */
  readonly uncertain: ReadonlySet<string>
  /** Reads the `remotecfg` block. */
  readonly decodeRemote: DecodeRemote
  readonly importContext: (id: string) => ImportContext
}

export interface Validation {
  /** Errors and warnings in the order of the text. */
  readonly diagnostics: readonly Diagnostic[]
  /** The same for people, with the lines of the source. */
  readonly text: string
}

export async function validateSources(sources: readonly Source[], options: ValidateOptions): Promise<Validation> {
  const planner = createPlanner(options)
  const texts = [...sources]
  const libraries = new Map<Block, Library>()
  const found: Diagnostic[] = []

  async function readImports(plan: BodyPlan, globals: ObjectValue, depth: number): Promise<void> {
    for (const planned of plan.text) {
      if (planned.kind !== 'import' || planned.definition.origin === 'network' || depth >= MAX_MODULE_DEPTH) continue
      const content = await readImport(planned, globals)
      if (content === undefined) continue
      texts.push(...content.sources)
      const readable = readSyntax(content.sources, options.definitions)
      const library = { plan: planner.text('library', readable), readable }
      libraries.set(planned.block, library)
      const inside = content.modulePath === undefined ? globals : withModulePath(globals, content.modulePath)
      await readImports(library.plan, inside, depth + 1)
      found.push(...problemsOf(library, { ...checking, globals: inside }))
    }
  }

  async function readImport(
    { id, block, definition }: PlannedBlock & { kind: 'import' },
    globals: ObjectValue,
  ): Promise<{ readonly sources: readonly Source[]; readonly modulePath?: string } | undefined> {
    if (!isCertain(block, { ...checking, globals })) return undefined
    const decoded = decodeBlock(definition.schema, block, scopeOf(globals))
    if (!decoded.ok) return undefined
    try {
      return await definition.read(decoded.args, options.importContext(id), new AbortController().signal)
    } catch (error) {
      found.push(errorAt(block.nameSpan, `failed to load module: ${messageOf(error)}`))
      return undefined
    }
  }

  const globals = withModulePath(options.values, directoryOf(sources))
  const checking: Checking = { planner, globals, uncertain: options.uncertain, libraries }
  const readable = readSyntax(sources, options.definitions)
  const root = { plan: planner.text('root', readable), readable }
  await readImports(root.plan, globals, 0)
  found.push(
    ...problemsOf(root, checking),
    ...readSettings(root.plan.settings, globals, options.decodeRemote).diagnostics,
  )
  return explained(found, texts)
}

function problemsOf(
  { plan, readable }: { plan: BodyPlan; readable: Readable },
  checking: Checking,
): readonly Diagnostic[] {
  return [...readable.diagnostics, ...plan.diagnostics, ...checkBody(plan, readable, checking)]
}
