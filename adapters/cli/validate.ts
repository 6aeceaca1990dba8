/** `skein validate`: everything that is wrong with a configuration, at once, without running any of it. */
import type { Stability } from '../../core/graph/component.ts'
import type { Diagnostic } from '../../core/syntax/diagnostic.ts'
import { paintDiagnostics } from './color.ts'
import { type Command, EXIT_FAILED, EXIT_OK, type Runtime } from './command.ts'
import { CONVERSION_FLAGS, conversionOf } from './conversion-flags.ts'
import { COMMUNITY_FLAG, STABILITY_FLAG } from './feature-flags.ts'
import type { ParsedFlags } from './flags.ts'
import { configurationProblems } from './operands.ts'

export const validateCommand: Command = {
  name: 'validate',
  summary: 'Tell everything that is wrong with a configuration',
  usage: '[flags] FILE|DIRECTORY',
  about: `Looks at a configuration, a file or all *.alloy files directly in a directory, without running any of it: syntax,
names, arguments and their types, references, circles. All problems are reported at once, each with its place and its line.
What only shows when expressions are evaluated or files and servers are asked is found by skein run.

With --config.format, one file of Prometheus or of the agent's static mode: what can't be converted is reported, too.

Exits with 1 when there are errors or a file can't be read; warnings alone don't fail.`,
  examples: [
    ['skein validate config.alloy', 'nothing to read means nothing to mend'],
    ['skein validate --stability.level=experimental /etc/skein', 'with what skein run is allowed to use'],
    ['skein validate --json config.alloy', 'for editors and builds'],
    ['skein validate --config.format=prometheus prometheus.yml', 'whether skein run can take its place'],
  ],
  flags: [
    {
      name: 'json',
      kind: 'boolean',
      fallback: 'false',
      help: 'Print the result as JSON to standard output: valid, and diagnostics with severity, file, start, end, message, hint',
    },
    ...CONVERSION_FLAGS,
    STABILITY_FLAG,
    COMMUNITY_FLAG,
  ],
  operands: 'paths',
  problems: ({ positional }) => configurationProblems(positional),
  run: validate,
}

/** A place in a file; lines and columns begin at 1, columns count bytes. */
interface Place {
  readonly line: number
  readonly column: number
}

/** One diagnostic as --json prints it. */
interface Problem {
  readonly severity: 'error' | 'warning'
  /** Empty when the problem belongs to no file. */
  readonly file: string
  /** Absent when the problem belongs to a file as a whole. */
  readonly start?: Place
  /** The last byte that belongs to it; equal to `start` for a single point. */
  readonly end?: Place
  readonly message: string
  readonly hint?: string
}

async function validate({ values, positional: [configPath] }: ParsedFlags, runtime: Runtime): Promise<number> {
  const { ok, diagnostics, text } = await runtime.checkConfiguration(
    {
      configPath,
      ...conversionOf(values),
      stability: values.get(STABILITY_FLAG.name) as Stability,
      version: runtime.version,
    },
    runtime.ports,
  )
  if (values.get('json') === 'true') {
    runtime.print(`${JSON.stringify({ valid: ok, diagnostics: diagnostics.map(asProblem) }, null, 2)}\n`)
  } else if (text !== '') {
    runtime.printError(paintDiagnostics(text, runtime.color))
  }
  if (!ok) runtime.printError('skein validate: validation failed\n')
  return ok ? EXIT_OK : EXIT_FAILED
}

function asProblem({ severity, file, start, end = start, message, hint }: Diagnostic): Problem {
  return {
    severity,
    file,
    ...(start === undefined || end === undefined
      ? {}
      : { start: { line: start.line, column: start.column }, end: { line: end.line, column: end.column } }),
    message,
    ...(hint === undefined ? {} : { hint }),
  }
}
