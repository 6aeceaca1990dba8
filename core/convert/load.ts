/**
 * A configuration in another format as something to run: read, converted, and handed on as if it had been written in the
 * Alloy language. Nothing is written to disk.
 */
import { fileProblemOf } from '../errors.ts'
import type { Files } from '../ports.ts'
import type { Diagnostic } from '../syntax/diagnostic.ts'
import type { Logger } from '../telemetry/logger.ts'
import { type ConvertedFormat, convert } from './convert.ts'
import { readExtraArgs } from './extra-args.ts'
import { directoryOf } from './fields.ts'
import { asDiagnostics, formatRemarks, hasWeight, type Remark, worthTelling } from './remarks.ts'

export interface ConvertedLoadOptions {
  readonly format: ConvertedFormat
  /** Run what could be converted, even when something could not. */
  readonly bypassErrors: boolean
  /** As given to `--config.extra-args`. */
  readonly extraArgs: string
}

export type ConvertedLoad =
  | {
      readonly ok: true
      /** One text; diagnostics about it name the file it was made from. It may hold secrets in clear: never to be shown. */
      readonly sources: readonly [{ readonly file: string; readonly content: string; readonly secret: true }]
      /** What the log was told: about the text that was converted, never with a line of it. */
      readonly diagnostics: readonly Diagnostic[]
    }
  | {
      readonly ok: false /** What is wrong, in several lines, without a newline at the end. */
      readonly message: string
      /** The same, one by one; none when there is nothing to convert. */
      readonly diagnostics: readonly Diagnostic[]
    }

/** `clustered`: this node is one of a cluster, which a configuration of Prometheus can't know. */
export async function loadConverted(
  files: Pick<Files, 'read' | 'list'>,
  path: string,
  options: ConvertedLoadOptions & { readonly clustered: boolean; readonly turn?: () => Promise<void> },
  log: Logger,
): Promise<ConvertedLoad> {
  const { format, bypassErrors } = options
  const extra = readExtraArgs(options.extraArgs)
  if (!extra.ok) return { ok: false, message: `--config.extra-args: ${extra.problem}`, diagnostics: [] }
  const read = await readOne(files, path, format)
  if (!read.ok) return { ...read, diagnostics: [] }

  const { clustering } = extra
  const { text, remarks } = await convert(path, read.content, {
    format,
    directory: directoryOf(path),
    clustering,
    files,
    ...(options.turn === undefined ? {} : { turn: options.turn }),
  })
  const diagnostics = asDiagnostics(remarks, bypassErrors)
  if (text === undefined || (hasWeight(remarks, 'error') && !bypassErrors)) {
    const hint = text === undefined ? '' : '\nTo run it without what is named here: --config.bypass-conversion-errors'
    const lines = formatRemarks(worthTelling(remarks, bypassErrors)).trimEnd()
    return { ok: false, message: `${path} can not be converted:\n${lines}${hint}`, diagnostics }
  }
  tell(remarks, log)
  if (options.clustered && !clustering) {
    log.warn('every node of the cluster scrapes all targets: share them by --config.extra-args=--with-clustering')
  }
  return { ok: true, sources: [{ file: `${path} (converted)`, content: text, secret: true }], diagnostics }
}

type ReadOne = { readonly ok: true; readonly content: Uint8Array } | { readonly ok: false; readonly message: string }

/** What the configuration of these formats is: one file. */
export async function readOne(files: Pick<Files, 'read' | 'list'>, path: string, format: string): Promise<ReadOne> {
  try {
    if ((await files.list(path)) !== undefined)
      return { ok: false, message: `${path} is a directory: a configuration in the ${format} format is one file` }
    return { ok: true, content: await files.read(path) }
  } catch (error) {
    return { ok: false, message: `can't read the configuration ${path}: ${fileProblemOf(error)}` }
  }
}

/** What became of what is for those who convert by hand; what is missing is for all. */
function tell(remarks: readonly Remark[], log: Logger): void {
  for (const { weight, place, summary, details = [] } of remarks) {
    if (weight === 'info') continue
    const at = place === undefined ? {} : { at: `${place.file}:${place.line}:${place.column}` }
    log.warn(summary, details.length === 0 ? at : { ...at, hint: details.join('; ') })
  }
}
