/** Paths of files whose last element may have wildcards, as Go's filepath.Glob reads them. Looks at no file. */

/** What Prometheus takes: a star in the last element only, and one of three endings. */
export function isFilePattern(pattern: string): boolean {
  return /^[^*]*(\*[^/]*)?\.(json|yml|yaml|JSON|YML|YAML)$/.test(pattern)
}

export interface PathParts {
  readonly directory: string
  /** What stands before the last element, with its slash; empty when there is nothing. */
  readonly prefix: string
  readonly last: string
}

export function pathParts(path: string): PathParts {
  const slash = path.lastIndexOf('/')
  const directory = slash < 0 ? '.' : slash === 0 ? '/' : path.slice(0, slash)
  return { directory, prefix: path.slice(0, slash + 1), last: path.slice(slash + 1) }
}

export function hasWildcards(pattern: string): boolean {
  return /[*?[\\]/.test(pathParts(pattern).last)
}

/** The names that the last element of a pattern stands for, in their order. */
export function matchingNames(last: string, names: readonly string[]): readonly string[] {
  if (!/[*?[\\]/.test(last)) return names.filter((name) => name === last)
  const pattern = asRegExp(last)
  return names.filter((name) => pattern.test(name))
}

/** `*` any text, `?` any character, `[a-z]` and `[^a-z]` one of these or none of these, `\` takes the next one as it is. */
function asRegExp(last: string): RegExp {
  const parts = last.replace(/\*+/g, '*').match(/\\.|\[\^?(?:\\.|[^\]\\])+\]|./gsu) ?? []
  const source = parts.map((part) => {
    if (part === '*') return '.*'
    if (part === '?') return '.'
    if (part.length > 1 && part.startsWith('[')) return part
    return (part.length > 1 && part.startsWith('\\') ? part.slice(1) : part).replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
  })
  try {
    return new RegExp(`^${source.join('')}$`, 'su')
  } catch {
    // A class that isn't one, such as [z-a]: nothing has such a name.
    return /(?!)/
  }
}
