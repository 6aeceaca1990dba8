/**
 * `scrape_config_files`: further files with scrape jobs, which Alloy's converter never opens. Each is read as a list of
 * `scrape_configs`; paths in it begin at its own directory.
 */
import { hasWildcards, matchingNames, pathParts } from '../discovery/file-pattern.ts'
import { messageOf } from '../errors.ts'
import { MAX_YAML_BYTES } from '../limits.ts'
import type { Files } from '../ports.ts'
import { decodeText } from '../syntax/utf8.ts'
import { directoryOf, type Fields, fieldsOf, joinPath } from './fields.ts'
import { fail, type Place, type Report, warn } from './remarks.ts'
import { isNothing, readTree } from './tree.ts'

/** The jobs of all files that the patterns of `config` name, in the order of the patterns and then of the names. */
export async function jobsOfFiles(config: Fields, files: Pick<Files, 'read' | 'list'>): Promise<readonly Fields[]> {
  const patterns = config.texts('scrape_config_files') ?? []
  const place = config.placeOf('scrape_config_files')
  const { report, directory } = config.scope
  const jobs: Fields[] = []
  let bytes = 0

  for (const pattern of patterns) {
    const names = await filesOf(joinPath(directory, pattern), files, place, report)
    if (names.length === 0) warn(report, place, `no file matches ${JSON.stringify(pattern)} of scrape_config_files`)
    for (const name of names) {
      const content = await read(name, files, place, report)
      bytes += content?.length ?? 0
      if (bytes > MAX_YAML_BYTES) {
        fail(report, place, `the files of scrape_config_files are too large: more than ${MAX_YAML_BYTES} bytes`)
        return jobs
      }
      if (content !== undefined) jobs.push(...jobsOf(name, decodeText(content), report))
    }
  }
  return jobs
}

async function filesOf(
  path: string,
  files: Pick<Files, 'list'>,
  place: Place,
  report: Report,
): Promise<readonly string[]> {
  const { directory, prefix, last } = pathParts(path)
  if (prefix.includes('*')) {
    const hint = 'only the last part of a path can be a pattern, of * ? and [a-z]'
    fail(report, place, `${JSON.stringify(path)} is not a valid scrape config file path`, hint)
    return []
  }
  if (!hasWildcards(path)) return [path]
  // A directory that isn't there has no files, as in Prometheus.
  const names = await files.list(directory).catch(() => undefined)
  return matchingNames(last, [...(names ?? [])].sort()).map((name) => `${prefix}${name}`)
}

async function read(
  name: string,
  files: Pick<Files, 'read'>,
  place: Place,
  report: Report,
): Promise<Uint8Array | undefined> {
  try {
    return await files.read(name)
  } catch (error) {
    fail(report, place, `can't read ${name} of scrape_config_files: ${messageOf(error)}`)
    return undefined
  }
}

function jobsOf(name: string, text: string, report: Report): readonly Fields[] {
  const tree = readTree(name, text, report)
  if (tree === undefined || isNothing(tree)) return []
  if (tree.kind !== 'map') {
    fail(report, tree.place, 'a file of scrape_config_files must be a map', 'begin it with scrape_configs:')
    return []
  }
  const fields = fieldsOf(tree, '', { report, directory: directoryOf(name) })
  const jobs = fields.sections('scrape_configs')
  fields.rest()
  return jobs
}
