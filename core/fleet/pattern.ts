/**
 * Text with `*` for any characters. The parts between the stars are looked for one after the other, each behind the one
 * before: taking the first place that fits never spoils a later one, so nothing is tried twice.
 */

export interface Pattern {
  matches(text: string): boolean
}

/**
 * `literal`: of each character whether it stands for itself even if it is a `*`. `whole`: the text from its beginning to its end;
 * `within`: anywhere in it. `anyCase`: upper and lower case are the same.
 */
export function patternOf(
  text: string,
  literal: readonly boolean[],
  where: 'whole' | 'within',
  anyCase: boolean,
): Pattern {
  const parts: string[] = where === 'within' ? ['', ''] : ['']
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '*' && !literal[i]) parts.push('')
    else parts[parts.length - 1] += text[i]
  }
  if (where === 'within') parts.push('')
  const looked = anyCase ? parts.map((part) => part.toLowerCase()) : parts
  return { matches: (value) => fits(anyCase ? value.toLowerCase() : value, looked) }
}

/** The first part begins the text, the last one ends it, the others are between. */
function fits(text: string, parts: readonly string[]): boolean {
  const last = parts.length - 1
  if (last === 0) return text === parts[0]
  const end = text.length - parts[last].length
  let at = parts[0].length
  if (end < at || !text.startsWith(parts[0]) || !text.endsWith(parts[last])) return false
  for (let i = 1; i < last; i++) {
    if (parts[i] === '') continue
    const found = text.indexOf(parts[i], at)
    if (found < 0 || found + parts[i].length > end) return false
    at = found + parts[i].length
  }
  return true
}
