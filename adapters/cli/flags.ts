/**
 * How flags are read, and those of `skein run`: Alloy's names and defaults, so that its charts and unit files work
 * unchanged. One table drives parsing, help, completion and the answer to flags that this version can't honour.
 */
import { parseGoDuration } from '../../core/syntax/duration.ts'
import { CLUSTER_FLAGS } from './cluster-flags.ts'
import { CONVERSION_FLAGS } from './conversion-flags.ts'
import { FEATURE_FLAGS } from './feature-flags.ts'
import type { Flag } from './flag.ts'
import { closest } from './suggest.ts'

export const RUN_FLAGS: readonly Flag[] = [
  {
    name: 'server.http.listen-addr',
    kind: 'text',
    fallback: '127.0.0.1:12345',
    value: 'HOST:PORT',
    help: 'Address that the HTTP server listens on; 0.0.0.0:12345 for all interfaces',
  },
  {
    name: 'server.http.memory-addr',
    kind: 'text',
    fallback: 'skein.internal:12345',
    value: 'HOST:PORT',
    help: 'Address under which components reach this process without the network',
  },
  {
    name: 'server.http.ui-path-prefix',
    kind: 'text',
    fallback: '/',
    value: 'PATH',
    help: 'Path under which pages and the API are served',
  },
  {
    name: 'server.http.enable-pprof',
    kind: 'boolean',
    fallback: 'true',
    help: 'Profiles at /debug/pprof',
    noEffect: 'there is no Go profiler here',
  },
  {
    name: 'server.http.disable-support-bundle',
    kind: 'boolean',
    fallback: 'false',
    help: 'Switches /-/support off',
    noEffect: 'there is no support bundle',
  },
  {
    name: 'server.http.enable-graphql',
    kind: 'boolean',
    fallback: 'false',
    help: 'GraphQL API at /graphql',
    onlyDefault: 'there is no GraphQL API; the same facts are in the JSON API under /api/v0/web',
  },
  {
    name: 'server.http.enable-graphql-playground',
    kind: 'boolean',
    fallback: 'false',
    help: 'Page to try GraphQL queries at /graphql/playground',
    onlyDefault: 'there is no GraphQL API; the same facts are in the JSON API under /api/v0/web',
  },
  {
    name: 'storage.path',
    kind: 'text',
    fallback: 'data-skein/',
    value: 'DIRECTORY',
    help: 'Directory for data of components',
  },
  {
    name: 'config.watch',
    kind: 'boolean',
    fallback: 'false',
    help: 'Load the configuration again whenever its files have changed (not in Alloy)',
  },
  ...CONVERSION_FLAGS,
  ...FEATURE_FLAGS,
  ...CLUSTER_FLAGS,
]

export interface ParsedFlags {
  readonly ok: true
  /** By the flag's name; those that weren't given have their default. */
  readonly values: ReadonlyMap<string, string>
  /** Names of the flags that were given. */
  readonly given: ReadonlySet<string>
  readonly positional: readonly string[]
}

export interface BadFlags {
  readonly ok: false
  readonly problems: readonly string[]
}

/**
 * `--flag=value`, `--flag value`, `--bool`, `--bool=false`; one dash is as good as two, and `--` ends the flags.
 * Returns every problem at once when there are any.
 */
export function parseFlags(args: readonly string[], flags: readonly Flag[]): ParsedFlags | BadFlags {
  const values = new Map(flags.map((flag) => [flag.name, flag.fallback]))
  const byName = new Map(flags.map((flag) => [flag.name, flag]))
  const byLetter = new Map(flags.flatMap((flag) => (flag.short === undefined ? [] : [[flag.short, flag] as const])))
  const seen = new Set<string>()
  const positional: string[] = []
  const problems: string[] = []

  for (let i = 0; i < args.length; i++) {
    const arg = args[i]
    if (arg === '--') {
      positional.push(...args.slice(i + 1))
      break
    }
    if (!arg.startsWith('-') || arg === '-') {
      positional.push(arg)
      continue
    }
    const [, name, inline] = /^--?([^=]*)(?:=(.*))?$/s.exec(arg) as RegExpExecArray
    const flag = byName.get(name) ?? byLetter.get(name)
    if (flag === undefined) {
      const meant = closest(name, [...byName.keys()])
      problems.push(`unknown flag --${name}${meant === undefined ? '' : `; did you mean --${meant}?`}`)
      continue
    }
    let value = inline
    if (value === undefined && flag.kind === 'boolean') value = 'true'
    if (value === undefined && ++i < args.length) value = args[i]
    if (value === undefined) problems.push(`flag --${name} needs a value: --${name}=${flag.fallback || 'VALUE'}`)
    else check(flag, value)
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, values, given: seen, positional }

  function check(flag: Flag, given: string): void {
    const value = flag.kind === 'boolean' ? readBoolean(given) : given
    const misread = value === undefined ? 'is true or false' : misreading(flag.kind, value)
    if (value === undefined || misread !== undefined) {
      problems.push(`flag --${flag.name} ${misread}, not "${given}"`)
    } else if (flag.values !== undefined && !flag.values.includes(value)) {
      const meant = closest(value, flag.values)
      const hint = meant === undefined ? '' : `; did you mean ${meant}?`
      problems.push(`flag --${flag.name} is one of ${flag.values.join(', ')}, not "${given}"${hint}`)
    } else if (flag.onlyDefault !== undefined && value !== flag.fallback) {
      problems.push(`flag --${flag.name}=${given} can't be honoured: ${flag.onlyDefault}`)
    } else {
      const earlier = flag.list === true && seen.has(flag.name) ? `${values.get(flag.name)},` : ''
      values.set(flag.name, `${earlier}${value}`)
      seen.add(flag.name)
    }
  }
}

/** What a text of this kind looks like; undefined when it does. */
function misreading(kind: Flag['kind'], text: string): string | undefined {
  if (kind === 'duration' && !parseGoDuration(text).ok) return 'is a duration such as 30s, 1m30s or 0'
  return kind === 'integer' && !/^[-+]?\d{1,9}$/.test(text) ? 'is a whole number' : undefined
}

/** The spellings of Go's flag package. */
function readBoolean(text: string): 'true' | 'false' | undefined {
  if (/^(1|t|true)$/i.test(text)) return 'true'
  return /^(0|f|false)$/i.test(text) ? 'false' : undefined
}
