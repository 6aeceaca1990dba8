/** The `provider=… key=value …` strings of `--cluster.discover-peers`, as go-discover reads them. They may hold secrets. */

export type DiscoverString =
  | { readonly ok: true; readonly values: ReadonlyMap<string, string> }
  /** Never holds a value. */
  | { readonly ok: false; readonly problem: string }

/**
 * Keys and values stand as they are or in double quotes, with `\"` and `\\` inside; spaces between pairs and around `=` don't
 * matter.
 */
export function parseDiscoverString(text: string): DiscoverString {
  const values = new Map<string, string>()
  const token = /\s*(?:(=)|"((?:[^"\\]|\\.)*)"|([^\s="\\]+))/suy
  const rest = text.trimEnd()
  let key: string | undefined
  let equals = false
  /** By its place, since what stands there may be a secret that was meant to be in quotes. */
  const wrong = (at: number, what: string): DiscoverString => ({ ok: false, problem: `character ${at + 1}: ${what}` })
  while (token.lastIndex < rest.length) {
    const before = token.lastIndex
    const at = before + (/^\s*/.exec(rest.slice(before)) as RegExpExecArray)[0].length
    const match = token.exec(rest)
    if (match === null) return wrong(at, rest[at] === '"' ? 'a quote is not closed' : 'a backslash outside of quotes')
    const [, sign, quoted, bare] = match
    if (sign !== undefined) {
      if (key === undefined) return wrong(at, '"=" without a key before it')
      if (equals) return wrong(at, 'a value is missing')
      equals = true
      continue
    }
    const word = bare ?? quoted.replace(/\\(.)/gsu, '$1')
    if (key === undefined) key = word
    else if (!equals) return wrong(at, 'a "=" is missing; put values with spaces into double quotes')
    else if (values.has(key)) return wrong(at, 'a key is given twice')
    else {
      values.set(key, word)
      key = undefined
      equals = false
    }
  }
  if (key !== undefined) return wrong(rest.length, equals ? 'a value is missing' : 'a "=" is missing')
  return { ok: true, values }
}
