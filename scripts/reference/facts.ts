/** Everything that the reference in docs/reference is made of, gathered from the code that it is about. */
import { commandTable } from '../../adapters/cli/command-table.ts'
import { COMPONENTS, IMPORTS } from '../../core/components/index.ts'
import { remotecfg } from '../../core/components/remotecfg.ts'
import { foreachSchema } from '../../core/graph/foreach.ts'
import { httpSchema } from '../../core/graph/http-settings.ts'
import { liveDebuggingSchema } from '../../core/graph/live-debugging.ts'
import { loggingSchema } from '../../core/graph/logging.ts'
import { argumentSchema, exportSchema } from '../../core/graph/module.ts'
import { tracingSchema } from '../../core/graph/tracing.ts'
import { QUESTIONS } from '../../core/http/questions.ts'
import { block, type Schema } from '../../core/syntax/schema.ts'
import { createStandardLibrary } from '../../core/syntax/stdlib.ts'
import { CONSTANT_DOCS, FUNCTION_DOCS } from '../../core/syntax/stdlib-docs.ts'
import type { ConfigBlock, Facts } from './facts.d.mts'

function configBlock(
  name: string,
  schema: Schema<unknown>,
  does: string,
  rest: Partial<Pick<ConfigBlock, 'label' | 'state' | 'stability'>> = {},
): ConfigBlock {
  return { name, schema, does, label: 'none', state: 'works', stability: 'generally-available', ...rest }
}

const NOTHING: Schema<unknown> = block({})

const IMPORT_DOCS: Readonly<Record<string, string>> = {
  'import.file':
    'Modules from a file, or from all `*.alloy` files directly in a directory; read again when they change.',
  'import.git': 'Modules from a git repository.',
  'import.http': 'Modules from an HTTP server, asked for again and again.',
  'import.string': 'Modules from a text, such as the content of a `local.file` or a `remote.http`.',
}

const BLOCKS: readonly ConfigBlock[] = [
  configBlock(
    'argument',
    argumentSchema,
    'In a `declare`: an argument of the module; `argument.NAME.value` is its value.',
    {
      label: 'required',
    },
  ),
  configBlock('declare', NOTHING, 'A module: a component made of components, used by its label.', {
    label: 'required',
  }),
  configBlock('export', exportSchema, 'In a `declare`: what users of the module see.', { label: 'required' }),
  configBlock('foreach', foreachSchema, 'The components of its block `template`, once for each item of a list.', {
    label: 'required',
    stability: 'experimental',
  }),
  configBlock('http', httpSchema, 'TLS and authentication of the server that the agent itself is.', {
    state: 'works in part',
  }),
  ...Object.keys(IMPORT_DOCS)
    .filter((name) => !IMPORTS.some((known) => known.name === name))
    .map((name) => configBlock(name, NOTHING, IMPORT_DOCS[name], { label: 'required', state: 'refused' })),
  ...IMPORTS.map(({ name, schema, stability }) =>
    configBlock(name, schema, IMPORT_DOCS[name] ?? '', { label: 'required', stability }),
  ),
  configBlock('livedebugging', liveDebuggingSchema, 'Whether the data that flows between components can be watched.'),
  configBlock('logging', loggingSchema, 'What is logged, and how.', { state: 'works in part' }),
  configBlock('remotecfg', remotecfg, 'Configuration from a server, beside that of the file.'),
  configBlock('tracing', tracingSchema, 'Traces of the agent itself.', { state: 'no effect' }),
]

const library = createStandardLibrary({
  constants: { hostname: '', os: '', arch: '', version: '' },
  environment: new Map(),
})

export const FACTS: Facts = {
  components: COMPONENTS,
  blocks: [...BLOCKS].sort((a, b) => (a.name < b.name ? -1 : 1)),
  functions: Object.entries(FUNCTION_DOCS).map(([name, { signature, doc }]) => ({
    name,
    signature,
    doc,
    stability: library.experimental.has(name) ? 'experimental' : 'generally-available',
    aliases: [...library.deprecated].filter(([, current]) => current === name).map(([alias]) => alias),
  })),
  constants: CONSTANT_DOCS,
  commands: commandTable(),
  questions: QUESTIONS,
}
