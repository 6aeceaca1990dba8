/** `skein fmt`: configurations in their one canonical form. */
import { messageOf } from '../../core/errors.ts'
import { readSources, type Source, type Sources } from '../../core/graph/sources.ts'
import { renderDiagnostics } from '../../core/syntax/diagnostic.ts'
import { parseFile } from '../../core/syntax/parser.ts'
import { printFile } from '../../core/syntax/printer.ts'
import { decodeText } from '../../core/syntax/utf8.ts'
import { type Command, EXIT_FAILED, EXIT_OK, EXIT_USAGE, type Runtime } from './command.ts'
import type { ParsedFlags } from './flags.ts'
import { INPUT, readInput } from './operands.ts'

export const fmtCommand: Command = {
  name: 'fmt',
  aliases: ['format'],
  summary: 'Format configurations',
  usage: '[flags] [FILE|DIRECTORY …|-]',
  about: `Prints a configuration in its canonical form; without a file, or with -, that of standard input. Of a directory all
*.alloy files directly inside it are formatted. Files with errors are left as they are. Exits with 1 when a file can't be
read, has errors, or isn't what --test asks for.`,
  examples: [
    ['skein fmt -w config.alloy', 'formats a file in place'],
    ['skein fmt -t /etc/skein', 'for a build: fails when a file of the directory is not formatted'],
    ['skein fmt < config.alloy', 'for an editor: from standard input to standard output'],
  ],
  operands: 'paths',
  flags: [
    {
      name: 'write',
      short: 'w',
      kind: 'boolean',
      fallback: 'false',
      help: 'Write the result back into the files, where it is different, instead of printing it',
    },
    {
      name: 'test',
      short: 't',
      kind: 'boolean',
      fallback: 'false',
      help: 'Only tell whether all are formatted: name those that are not, and exit with 1 when there are any',
    },
  ],
  problems({ values, positional }) {
    const { write, test } = wishes(values)
    const problems: string[] = []
    if (write && test) problems.push('flags --write and --test exclude each other: keep one of the two')
    if (write && readsInput(positional))
      problems.push('flag --write needs a file: standard input has no place to write to')
    if (positional.length > 1 && positional.includes('-'))
      problems.push('- is standard input, and can only stand alone')
    if (positional.length > 1 && !write && !test)
      problems.push('several files can only be formatted with --write or --test: printed, they would run together')
    return problems
  },
  run: format,
}

function readsInput(positional: readonly string[]): boolean {
  return positional.length === 0 || (positional.length === 1 && positional[0] === '-')
}

function wishes(values: ParsedFlags['values']): { readonly write: boolean; readonly test: boolean } {
  return { write: values.get('write') === 'true', test: values.get('test') === 'true' }
}

async function format({ values, positional }: ParsedFlags, runtime: Runtime): Promise<number> {
  const { write, test } = wishes(values)
  let code = EXIT_OK
  function failed(text: string): void {
    runtime.printError(text)
    code = EXIT_FAILED
  }

  const sources: Source[] = []
  for (const path of readsInput(positional) ? ['-'] : positional) {
    const read = await readPath(path, runtime)
    if (read.ok) sources.push(...read.sources)
    else failed(`skein fmt: ${read.message}\n`)
  }
  if (sources.length > 1 && !write && !test) {
    runtime.printError(`skein fmt: ${positional[0]} has ${sources.length} files: write --write or --test\n`)
    return EXIT_USAGE
  }
  for (const { file, content } of sources) {
    const parsed = parseFile(file, content)
    if (!parsed.ok) {
      failed(renderDiagnostics(parsed.diagnostics, new Map([[file, content]]), { color: runtime.color }))
      continue
    }
    const formatted = printFile(parsed.file)
    const different = formatted !== (typeof content === 'string' ? content : decodeText(content))
    if (test) {
      if (different) failed(`${file} is not formatted\n`)
    } else if (!write) {
      runtime.print(formatted)
    } else if (different) {
      await runtime
        .overwrite(file, formatted)
        .catch((error) => failed(`skein fmt: can't write ${file}: ${messageOf(error)}\n`))
    }
  }
  return code
}

async function readPath(path: string, runtime: Runtime): Promise<Sources> {
  if (path !== '-') return readSources(runtime.ports.files, path)
  const read = await readInput(runtime)
  return read.ok ? { ok: true, sources: [{ file: INPUT, content: read.content }] } : read
}
