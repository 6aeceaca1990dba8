/**
 * The `$` templates of relabel rules, as Go's Regexp.Expand reads them, taken apart once when the rules are loaded.
 * `$name` takes all letters, digits and underscores that follow, `${name}` says where it ends; digits alone are an index;
 * `$$` is a dollar. A group that is unknown or took no part is empty; what is malformed stays as it is.
 */
import type { Match } from './re2/pattern.ts'

export interface Template {
  readonly source: string
  /** Literal text, or the groups to choose from: the first that took part. */
  readonly parts: readonly (string | readonly number[])[]
  /** The result when it is the same for every match. */
  readonly constant: string | undefined
}

/** Go takes letters and digits of any script, though names of groups are ASCII. */
const REFERENCE = /\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu

/** `groupNames` as in the Pattern whose matches will be filled in. */
export function compileTemplate(source: string, groupNames: readonly string[]): Template {
  const parts: (string | readonly number[])[] = []
  let literal = ''
  let done = 0
  for (const found of source.matchAll(REFERENCE)) {
    literal += source.slice(done, found.index)
    done = found.index + found[0].length
    const name = found[1] ?? found[2]
    if (name === undefined) {
      literal += '$'
      continue
    }
    const groups = groupsCalled(name, groupNames)
    if (groups.length === 0) continue
    if (literal !== '') parts.push(literal)
    literal = ''
    parts.push(groups)
  }
  literal += source.slice(done)
  if (literal !== '') parts.push(literal)
  return {
    source,
    parts,
    constant: parts.length === 0 ? '' : parts.length === 1 && literal !== '' ? literal : undefined,
  }
}

export function expandTemplate(template: Template, match: Match): string {
  if (template.constant !== undefined) return template.constant
  let text = ''
  for (const part of template.parts) {
    if (typeof part === 'string') text += part
    else text += firstPresent(part, match)
  }
  return text
}

function groupsCalled(name: string, groupNames: readonly string[]): readonly number[] {
  // An index has no leading zeros; `01` can only be a name.
  if (/^(?:0|[1-9][0-9]{0,8})$/.test(name)) {
    const index = Number(name)
    return index < groupNames.length ? [index] : []
  }
  return groupNames.flatMap((groupName, i) => (i > 0 && groupName === name ? [i] : []))
}

function firstPresent(groups: readonly number[], match: Match): string {
  for (const group of groups) {
    const text = match[group]
    if (text !== undefined) return text
  }
  return ''
}
