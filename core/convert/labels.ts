/** Labels of blocks: made from names that people gave, no two alike. */
import { isDigit, isLetter } from '../syntax/characters.ts'

/** What isn't a letter, a digit or `_` becomes `_`; a digit in front gets one before it. */
export function asLabel(name: string): string {
  let out = ''
  for (const char of name) {
    const code = char.codePointAt(0) as number
    out += isLetter(code) || isDigit(code) ? char : '_'
  }
  const first = out.codePointAt(0)
  return first === undefined || isDigit(first) || KEYWORDS.has(out) ? `_${out}` : out
}

/** Words that references can't contain. */
const KEYWORDS: ReadonlySet<string> = new Set(['true', 'false', 'null'])

export interface Labels {
  /** `wanted`, or the first of `wanted_2`, `wanted_3` … that is free; it is taken then. */
  claim(wanted: string): string
}

/** `inUse`: labels that are in use already. */
export function createLabels(inUse: readonly string[] = []): Labels {
  const taken = new Set(inUse)
  /** Where to go on looking, so that many equal ones don't take for ever. */
  const next = new Map<string, number>()
  return {
    claim(wanted) {
      let label = wanted
      let number = next.get(wanted) ?? 2
      while (taken.has(label)) label = `${wanted}_${number++}`
      if (label !== wanted) next.set(wanted, number)
      taken.add(label)
      return label
    },
  }
}
