/**
 * From the YAML of Prometheus, or of the agent's static mode, to the Alloy language, with a report of everything that has no
 * counterpart. Owns what belongs to the text as a whole; knows no field of it. Reads no file itself but those that
 * `scrape_config_files` names, never writes any, and never throws for what a text contains.
 */
import { messageOf } from '../errors.ts'
import { MAX_YAML_BYTES } from '../limits.ts'
import type { Files } from '../ports.ts'
import { decodeText } from '../syntax/utf8.ts'
import { type Statement, writeFile } from './alloy.ts'
import { type Fields, fieldsOf, noFields } from './fields.ts'
import { convertPrometheus, PROMETHEUS_FIELDS } from './prometheus.ts'
import { alloyInstead, looksLikeAlloy, type Misfit, misfit } from './recognise.ts'
import { hasWeight, type Remark, type Report } from './remarks.ts'
import { convertLoneInstance, convertStatic, INSTANCE_FIELDS, STATIC_FIELDS } from './static-mode.ts'
import { readTree, type Tree } from './tree.ts'

/** `instance`: one element of static mode's `metrics.configs`, as the scraping service stores them. */
export type ConvertedFormat = 'prometheus' | 'static' | 'instance'

export interface ConvertOptions {
  readonly format: ConvertedFormat
  /** Where relative paths in the text begin; empty for the working directory. */
  readonly directory: string
  /** Write `clustering { enabled = true }` into every scrape. */
  readonly clustering: boolean
  readonly files: Pick<Files, 'read' | 'list'>
  /** Lets others have the event loop: called between jobs and between the stages, of which reading YAML is one. */
  readonly turn?: () => Promise<void>
}

export interface Conversion {
  /**
   * The configuration, formatted; undefined when a remark is critical. Where remarks are errors, it lacks what they name: it
   * is up to the caller whether it may be used then.
   */
  readonly text: string | undefined
  /** In the order in which they were found. */
  readonly remarks: readonly Remark[]
}

/** `file` is what remarks call the text. */
export async function convert(
  file: string,
  content: string | Uint8Array,
  options: ConvertOptions,
): Promise<Conversion> {
  const remarks: Remark[] = []
  const report: Report = (remark) => {
    remarks.push(remark)
  }
  const refuse = (summary: string, ...details: readonly string[]): Conversion => {
    report({ weight: 'critical', place: { file, line: 1, column: 1 }, summary, details })
    return { text: undefined, remarks }
  }

  if (content.length > MAX_YAML_BYTES) return refuse(`it is too large: more than ${MAX_YAML_BYTES} bytes`)
  const text = (typeof content === 'string' ? content : decodeText(content)).replace(/^\uFEFF/, '')
  const tree = readTree(file, text, report)
  const wrong = tree === undefined ? unreadable(text, options.format) : wrongKind(tree, text, options.format)
  if (wrong !== undefined) {
    // What the text is says more than where it stops being YAML.
    remarks.length = 0
    return refuse(wrong.summary, wrong.hint)
  }
  if (tree === undefined) return { text: undefined, remarks }

  try {
    const statements = await statementsOf(tree, report, options)
    if (hasWeight(remarks, 'critical')) return { text: undefined, remarks }
    await options.turn?.()
    const written = writeFile(statements)
    if (written.ok) return { text: written.text, remarks }
    return refuse('a name in it can not be written in the Alloy language', written.problem)
  } catch (error) {
    return refuse(`it can not be converted: ${messageOf(error)}`)
  }
}

async function statementsOf(tree: Tree, report: Report, options: ConvertOptions): Promise<readonly Statement[]> {
  await options.turn?.()
  const scope = { report, directory: options.directory }
  const fields: Fields = tree.kind === 'map' ? fieldsOf(tree, '', scope) : noFields(tree.place, '', scope)
  if (options.format === 'prometheus') return await convertPrometheus(fields, options)
  if (options.format === 'static') return await convertStatic(fields, options)
  return await convertLoneInstance(fields, options)
}

const PROMETHEUS = {
  name: 'a configuration of Prometheus',
  fields: PROMETHEUS_FIELDS,
  flag: 'the format is called prometheus',
}
const STATIC = {
  name: "a configuration of the agent's static mode",
  fields: STATIC_FIELDS,
  flag: 'the format is called static',
}
const INSTANCE = { name: "an instance of the agent's static mode", fields: INSTANCE_FIELDS }

function wrongKind(tree: Tree, text: string, format: ConvertedFormat): Misfit | undefined {
  if (format === 'prometheus') return misfit(tree, text, PROMETHEUS, STATIC)
  return format === 'static' ? misfit(tree, text, STATIC, PROMETHEUS) : misfit(tree, text, INSTANCE, STATIC)
}

function unreadable(text: string, format: ConvertedFormat): Misfit | undefined {
  const { name } = format === 'prometheus' ? PROMETHEUS : format === 'static' ? STATIC : INSTANCE
  return looksLikeAlloy(text) ? alloyInstead(`, not ${name}`) : undefined
}
