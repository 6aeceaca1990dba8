/**
 * Targets from files that list them, in Prometheus's JSON or YAML format; watched, and read again at intervals. A file that can't
 * be read or understood keeps the targets it had; one that is gone has none. Follows Prometheus's file service discovery.
 */
import { messageOf } from '../errors.ts'
import { MAX_TARGET_FILES, MAX_TARGETS_BYTES } from '../limits.ts'
import type { FileChange } from '../ports.ts'
import { hasWildcards, matchingNames, pathParts } from './file-pattern.ts'
import type { Discovery, DiscoverySurroundings, Found, TargetGroup } from './source.ts'
import { readGroups } from './target-groups.ts'

export interface FileSettings {
  /** Paths; the last element may have wildcards. Each ends in .json, .yml or .yaml. */
  readonly files: readonly string[]
  readonly refreshMs: number
}

interface Look {
  /** By file; of one that couldn't be read what it had before. */
  readonly known: ReadonlyMap<string, readonly TargetGroup[]>
  readonly problems: readonly string[]
}

export function fileDiscovery(settings: FileSettings, surroundings: DiscoverySurroundings): Discovery {
  const { ports, timers, slices } = surroundings
  const { files, clock } = ports
  const patterns = [...new Set(settings.files)]
  let known: Look['known'] = new Map()

  async function look(signal: AbortSignal): Promise<Look> {
    const problems: string[] = []
    const paths = new Set<string>()
    const groups = new Map<string, readonly TargetGroup[]>()
    for (const pattern of patterns) {
      try {
        for (const path of await pathsOf(pattern)) paths.add(path)
      } catch (thrown) {
        problems.push(messageOf(thrown))
        for (const [path, before] of known) if (matches(pattern, path)) groups.set(path, before)
      }
    }
    if (paths.size > MAX_TARGET_FILES) {
      const mend = 'match fewer of them, or split them up among several components'
      return { known, problems: [`there are ${paths.size} files, more than ${MAX_TARGET_FILES}; ${mend}`] }
    }
    for (const path of paths) {
      if (signal.aborted) break
      try {
        groups.set(path, await read(path))
      } catch (thrown) {
        if (await isGone(path)) continue
        problems.push(messageOf(thrown))
        const before = known.get(path)
        if (before !== undefined) groups.set(path, before)
      }
    }
    return { known: groups, problems }
  }

  /** The files that there may be. */
  async function pathsOf(pattern: string): Promise<readonly string[]> {
    if (!hasWildcards(pattern)) return [pattern]
    const { directory, prefix, last } = pathParts(pattern)
    const names = await files.list(directory)
    if (names === undefined) throw new Error(`${directory} is not a directory`)
    return matchingNames(last, names).map((name) => prefix + name)
  }

  /** Whether there is no such file in a directory that is there: then it has no targets. */
  async function isGone(path: string): Promise<boolean> {
    const { directory, last } = pathParts(path)
    try {
      const names = await files.list(directory)
      return names !== undefined && !names.includes(last)
    } catch {
      return false
    }
  }

  async function read(path: string): Promise<readonly TargetGroup[]> {
    const bytes = await files.read(path)
    if (bytes.length > MAX_TARGETS_BYTES) {
      throw new Error(`${path} has ${bytes.length} bytes, more than ${MAX_TARGETS_BYTES}; split it up`)
    }
    const format = /\.json$/i.test(path) ? 'json' : 'yaml'
    return slices.run(readGroups({ bytes, format, name: path }, path, new Map([['__meta_filepath', path]])))
  }

  function tell(on: Found, { known: groups, problems }: Look): void {
    const problem = problems.length > 1 ? `${problems[0]} (and ${problems.length - 1} more)` : problems[0]
    // Nothing was readable so far: that is not the same as no targets.
    if (problem !== undefined && groups.size === 0 && known.size === 0) on.failed(problem)
    else on.found([...groups.values()].flat(), problem)
    known = groups
  }

  function watch(changed: () => void): FileChange {
    const watched = new Set(patterns.map((pattern) => (hasWildcards(pattern) ? pathParts(pattern).directory : pattern)))
    const watches = [...watched].map((path) => files.watch(path, changed))
    return {
      close() {
        for (const one of watches) one.close()
      },
    }
  }

  return {
    async run(signal, on) {
      let wake = new AbortController()
      const changes = watch(() => wake.abort())
      const stop = (): void => wake.abort()
      signal.addEventListener('abort', stop, { once: true })
      while (!signal.aborted) {
        // Whatever changes while they are read is read again.
        wake = new AbortController()
        const start = clock.monotonic()
        const found = await look(signal)
        if (signal.aborted) break
        on.looked?.((clock.monotonic() - start) / 1000)
        tell(on, found)
        await timers.sleep(settings.refreshMs, wake.signal)
      }
      changes.close()
    },
  }
}

function matches(pattern: string, path: string): boolean {
  const { prefix, last } = pathParts(pattern)
  return path.startsWith(prefix) && matchingNames(last, [path.slice(prefix.length)]).length > 0
}
