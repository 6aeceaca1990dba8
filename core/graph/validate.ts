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
import { planOptions, type Vocabulary } from './blocks.ts'
import { type BroughtBy, type Checking, checkBody, isCertain, type Library, selfImport } from './check.ts'
import { withModulePath } from './environment.ts'
import type { Content, ImportContext } from './import.ts'
import { explained } from './load-result.ts'
import { type BodyPlan, createPlanner, type PlannedBlock } from './plan.ts'
import { type Readable, readSyntax } from './readable.ts'
import { type DecodeRemote, readSettings } from './settings.ts'
import { directoryOf, type Source } from './sources.ts'

export interface ValidateOptions extends Vocabulary {
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

type PlannedImport = PlannedBlock & { readonly kind: 'import' }

export async function validateSources(sources: readonly Source[], options: ValidateOptions): Promise<Validation> {
  const known = planOptions(options)
  const planner = createPlanner(known)
  const texts = [...sources]
  const libraries = new Map<Block, Library>()
  const found: Diagnostic[] = []

  /** `around`: the imports that brought this text, outermost first. */
  async function readImports(plan: BodyPlan, globals: ObjectValue, around: readonly BroughtBy[]): Promise<void> {
    for (const planned of plan.text) {
      if (planned.kind !== 'import' || planned.definition.origin === 'network' || around.length >= MAX_MODULE_DEPTH)
        continue
      const { definition, block } = planned
      const args = certainArguments(planned, globals)
      if (args === undefined) continue
      const circle = selfImport(planned, args, around)
      if (circle !== undefined) {
        found.push(circle)
        continue
      }
      const content = await readImport(planned, args)
      if (content === undefined) continue
      texts.push(...content.sources)
      const readable = readSyntax(content.sources, known.definitions)
      const library = { plan: planner.text('library', readable), readable }
      libraries.set(block, library)
      const inside = content.modulePath === undefined ? globals : withModulePath(globals, content.modulePath)
      await readImports(library.plan, inside, [...around, { definition, args }])
      found.push(...problemsOf(library, { ...checking, globals: inside }))
    }
  }

  /** Undefined when they depend on what only the run shows, or are wrong, which is told elsewhere. */
  function certainArguments({ block, definition }: PlannedImport, globals: ObjectValue): unknown {
    if (!isCertain(block, { ...checking, globals })) return undefined
    const decoded = decodeBlock(definition.schema, block, scopeOf(globals))
    return decoded.ok ? decoded.args : undefined
  }

  async function readImport({ id, block, definition }: PlannedImport, args: unknown): Promise<Content | undefined> {
    try {
      return await definition.read(args, options.importContext(id), new AbortController().signal)
    } catch (error) {
      found.push(errorAt(block.nameSpan, `failed to load module: ${messageOf(error)}`))
      return undefined
    }
  }

  const globals = withModulePath(options.globals, directoryOf(sources))
  const checking: Checking = { planner, globals, uncertain: options.uncertain, libraries }
  const readable = readSyntax(sources, known.definitions)
  const root = { plan: planner.text('root', readable), readable }
  await readImports(root.plan, globals, [])
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
