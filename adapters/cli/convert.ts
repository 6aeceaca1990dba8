/** `skein convert`: configurations of other agents in the Alloy language. */
import { type Conversion, type ConvertedFormat, convert } from '../../core/convert/convert.ts'
import { readExtraArgs } from '../../core/convert/extra-args.ts'
import { directoryOf } from '../../core/convert/fields.ts'
import { readOne } from '../../core/convert/load.ts'
import { formatRemarks, hasWeight, type Remark, worthTelling } from '../../core/convert/remarks.ts'
import { messageOf } from '../../core/errors.ts'
import { type Command, EXIT_FAILED, EXIT_OK, type Runtime } from './command.ts'
import type { ParsedFlags } from './flags.ts'
import { INPUT, readInput, tooManyProblems } from './operands.ts'

export const convertCommand: Command = {
  name: 'convert',
  summary: 'Translate a configuration of Prometheus into the Alloy language',
  usage: '[flags] --source-format=FORMAT [FILE|-]',
  about: `Prints what a configuration of Prometheus, or of the agent's static mode, is in the Alloy language; without a file, or
with -, that of standard input. Nothing is dropped in silence: warnings and errors name the place of everything that has no
counterpart. Passwords stand in the result as they stand in the source; relative paths begin where the source is.

Exits with 1 and writes no configuration when something can't be converted; --bypass-errors writes it without that.`,
  examples: [
    ['skein convert -f prometheus -o config.alloy prometheus.yml', 'then try it: skein run config.alloy'],
    ['skein convert -f prometheus --with-clustering prometheus.yml', 'the nodes of a cluster share the targets'],
    ['skein run --config.format=prometheus prometheus.yml', 'the same without a file in between'],
  ],
  flags: [
    {
      name: 'source-format',
      short: 'f',
      kind: 'text',
      fallback: '',
      help: 'What the configuration is written for; has to be given',
      values: ['prometheus', 'static'],
    },
    { name: 'output', short: 'o', kind: 'text', fallback: '', value: 'FILE', help: 'Write the result there' },
    {
      name: 'report',
      short: 'r',
      kind: 'text',
      fallback: '',
      value: 'FILE',
      help: 'Write a report of everything there',
    },
    {
      name: 'bypass-errors',
      short: 'b',
      kind: 'boolean',
      fallback: 'false',
      help: 'Write the result even when it lacks something',
    },
    {
      name: 'extra-args',
      short: 'e',
      kind: 'text',
      fallback: '',
      help: 'Arguments of the conversion, in one word: there is only --with-clustering',
    },
    {
      name: 'with-clustering',
      kind: 'boolean',
      fallback: 'false',
      help: 'Let the nodes of a cluster share the targets of every scrape (not in Alloy)',
    },
  ],
  operands: 'paths',
  problems({ values, positional }) {
    const problems: string[] = []
    if (values.get('source-format') === '') problems.push('say what it is written for: --source-format=prometheus')
    problems.push(...tooManyProblems(positional))
    const extra = readExtraArgs(values.get('extra-args') as string)
    if (!extra.ok) problems.push(`flag --extra-args: ${extra.problem}`)
    return problems
  },
  run: runConvert,
}

async function runConvert({ values, positional }: ParsedFlags, runtime: Runtime): Promise<number> {
  const [path = '-'] = positional
  const text = (name: string): string => values.get(name) as string
  const bypass = text('bypass-errors') === 'true'
  const extra = readExtraArgs(text('extra-args'))

  const { files } = runtime.ports
  const format = text('source-format') as ConvertedFormat
  const read = path === '-' ? await readInput(runtime) : await readOne(files, path, format)
  if (!read.ok) return failed(runtime, read.message)

  const conversion = await convert(path === '-' ? INPUT : path, read.content, {
    format,
    directory: path === '-' ? '' : directoryOf(path),
    clustering: text('with-clustering') === 'true' || (extra.ok && extra.clustering),
    files,
  })
  const outcome = outcomeOf(conversion, bypass)
  const told = worthTelling(conversion.remarks, bypass)
  runtime.printError(formatRemarks(told.filter(({ weight }) => weight !== 'info')))
  try {
    if (text('report') !== '') await runtime.overwrite(text('report'), reportOf(told, outcome))
    if (!outcome.written) return failed(runtime, outcome.says)
    if (text('output') === '') runtime.print(conversion.text as string)
    else await runtime.overwrite(text('output'), conversion.text as string)
    return EXIT_OK
  } catch (error) {
    return failed(runtime, `can't write the result: ${messageOf(error)}`)
  }
}

function failed(runtime: Runtime, message: string): number {
  runtime.printError(`skein convert: ${message}\n`)
  return EXIT_FAILED
}

interface Outcome {
  readonly written: boolean
  /** In one sentence. */
  readonly says: string
}

function outcomeOf({ text, remarks }: Conversion, bypass: boolean): Outcome {
  if (text === undefined) return { written: false, says: 'no configuration was written: critical problems prevent it' }
  if (!hasWeight(remarks, 'error')) return { written: true, says: 'the configuration was written' }
  return bypass
    ? { written: true, says: 'the configuration was written, without what the errors name' }
    : {
        written: false,
        says: 'no configuration was written because of errors; --bypass-errors leaves out what they name',
      }
}

function reportOf(remarks: readonly Remark[], { says }: Outcome): string {
  return `${formatRemarks(remarks)}\n${says[0].toUpperCase()}${says.slice(1)}.\n`
}
