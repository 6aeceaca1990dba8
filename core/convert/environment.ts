/**
 * `$NAME` and `${NAME}` in external labels, which Prometheus replaces by variables of its environment when it starts. They become
 * `sys.env("NAME")`: the environment that counts is the agent's, not that of whoever converts.
 */
import { type Expression, text } from './alloy.ts'

/** Go's os.Expand: a name is a word, or one of the single characters that shells give a meaning. */
const VARIABLE = /\$(?:\{([^{}]*)\}|([A-Za-z_]\w*|[\d*#$@!?-]))/g

/** `a-${B}` becomes `"a-" + sys.env("B")`; `$$` is a dollar sign. */
export function withEnvironment(value: string): Expression {
  const parts: Expression[] = []
  let plain = ''
  let end = 0
  for (const match of value.matchAll(VARIABLE)) {
    const name = nameIn(match)
    plain += value.slice(end, match.index)
    end = match.index + match[0].length
    if (name === '$') {
      plain += '$'
    } else if (name !== '') {
      if (plain !== '') parts.push(text(plain))
      plain = ''
      parts.push(`sys.env(${text(name)})`)
    }
  }
  plain += value.slice(end)
  if (plain !== '' || parts.length === 0) parts.push(text(plain))
  return parts.join(' + ')
}

export function usesEnvironment(value: string): boolean {
  return Array.from(value.matchAll(VARIABLE), nameIn).some((name) => name !== '' && name !== '$')
}

function nameIn(match: RegExpMatchArray): string {
  return match[1] ?? match[2]
}
