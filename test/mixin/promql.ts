/**
 * Reads PromQL just well enough to find what an expression asks for: selectors with their matchers, and the labels that it groups
 * or joins by. Whether it is PromQL at all is for promtool to say.
 */

export interface Matcher {
  readonly label: string
  readonly op: '=' | '!=' | '=~' | '!~'
  readonly value: string
}

export interface Selector {
  /** Several when chosen by a matcher of `__name__`. */
  readonly names: readonly string[]
  readonly matchers: readonly Matcher[]
}

/** `by (a, b) (…)` and the like. */
export interface Grouping {
  readonly word: string
  readonly labels: readonly string[]
  /** Of an aggregation what it aggregates; of a join everything. */
  readonly over: readonly Selector[]
}

export interface Asked {
  readonly selectors: readonly Selector[]
  readonly groupings: readonly Grouping[]
}

const GROUPING: ReadonlySet<string> = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right'])
const WORDS: ReadonlySet<string> = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan'])
const AGGREGATIONS: ReadonlySet<string> = new Set(['sum', 'max', 'min', 'count', 'avg', 'stddev', 'quantile', 'topk'])

interface Token {
  readonly text: string
  readonly at: number
}

/** Throws on what it can't read. */
export function asked(expression: string): Asked {
  const tokens = tokensOf(expression)
  const found: { readonly selector: Selector; readonly at: number }[] = []
  const grouped: {
    readonly word: string
    readonly labels: readonly string[]
    readonly from: number
    readonly to: number
  }[] = []
  let i = 0

  function expect(text: string): void {
    if (tokens[i]?.text !== text) throw new Error(`${text} expected at ${tokens[i]?.at} of ${expression}`)
    i++
  }

  function matchers(): Matcher[] {
    const list: Matcher[] = []
    expect('{')
    while (tokens[i]?.text !== '}') {
      const [label, op, value] = tokens.slice(i, i + 3).map(({ text }) => text)
      if (!/^(?:=|!=|=~|!~)$/.test(op) || !value?.startsWith('"')) throw new Error(`no matcher in ${expression}`)
      list.push({ label, op: op as Matcher['op'], value: value.slice(1, -1) })
      i += 3
      if (tokens[i]?.text === ',') i++
    }
    expect('}')
    return list
  }

  while (i < tokens.length) {
    const { text, at } = tokens[i]
    if (text === '{') {
      const all = matchers()
      const name = all.find(({ label }) => label === '__name__')
      if (name === undefined) throw new Error(`a selector without a name in ${expression}`)
      found.push({ selector: { names: name.value.split('|'), matchers: all.filter((one) => one !== name) }, at })
      continue
    }
    i++
    if (!/^[a-zA-Z_:]/.test(text) || WORDS.has(text)) continue
    const next = tokens[i]?.text
    if (GROUPING.has(text)) {
      expect('(')
      const labels: string[] = []
      while (tokens[i]?.text !== ')') {
        if (tokens[i] === undefined) throw new Error(`no end of ${text} in ${expression}`)
        if (tokens[i].text !== ',') labels.push(tokens[i].text)
        i++
      }
      i++
      const [from, to] = text === 'by' || text === 'without' ? parentheses(tokens, i) : [0, tokens.length]
      grouped.push({ word: text, labels, from: tokens[from].at, to: tokens[to - 1].at })
    } else if (next === '{') found.push({ selector: { names: [text], matchers: matchers() }, at })
    else if (next !== '(' && !(AGGREGATIONS.has(text) && GROUPING.has(next ?? ''))) {
      found.push({ selector: { names: [text], matchers: [] }, at })
    }
  }
  const groupings = grouped.map(({ word, labels, from, to }) => ({
    word,
    labels,
    over: found.filter(({ at }) => at >= from && at <= to).map(({ selector }) => selector),
  }))
  return { selectors: found.map(({ selector }) => selector), groupings }
}

/** Where the parentheses that open at `from` begin and end. */
function parentheses(tokens: readonly Token[], from: number): [number, number] {
  if (tokens[from]?.text !== '(') throw new Error('an aggregation of nothing')
  let depth = 0
  for (let i = from; i < tokens.length; i++) {
    if (tokens[i].text === '(') depth++
    if (tokens[i].text === ')' && --depth === 0) return [from, i + 1]
  }
  throw new Error('parentheses without an end')
}

function tokensOf(expression: string): Token[] {
  const tokens: Token[] = []
  // Ranges and durations are skipped as wholes.
  const pattern = /\s+|\[[^\]]*\]|"(?:[^"\\]|\\.)*"|[a-zA-Z_:][\w:]*|\d[\w.]*|=~|!~|==|!=|>=|<=|[-+*/%^(){},<>=]/gy
  while (pattern.lastIndex < expression.length) {
    const at = pattern.lastIndex
    const [text] = pattern.exec(expression) ?? []
    if (text === undefined) throw new Error(`can't read ${expression.slice(at, at + 20)} in ${expression}`)
    if (!/^[\s[]/.test(text)) tokens.push({ text, at })
  }
  return tokens
}
