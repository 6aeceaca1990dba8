/**
 * Patterns as JavaScript RegExps, for those where backtracking can be proved cheap: V8 is fast, but exponential on
 * `(a+)+$`, and what a rule is matched against is written by strangers.
 *
 * The proof is about choices. A choice (go round again or leave, this alternative or that) is *clear* when the next
 * character decides it; a wrong way then ends at once. Inside loops all choices must be clear. Outside, an unclear loop
 * costs a factor of the text's length and any other unclear choice a constant factor: both bound the length of the
 * texts that the RegExp may see.
 */
import { isNullable, type Match, type Node, type Parsed, programSize, withoutGroups } from './ast.ts'
import { classSource, escapedCode, intersects, normalise, type Ranges } from './ranges.ts'

export interface BoundedRegExp {
  readonly regexp: RegExp
  /** Longer texts (in UTF-16 units) are not for this engine. */
  readonly maxLength: number
}

/** Steps of backtracking that one match may take: a few milliseconds at worst. */
const MAX_STEPS = 1_000_000
/** V8's stack for backtracking is bounded, and so is what one text may push on it. */
const MAX_TEXT = 65_536
/** Below this a RegExp isn't worth having. */
const MIN_USEFUL_TEXT = 24
/** The engine refuses very large programs, on some texts only when it first sees them. */
const MAX_REGEXP_SIZE = 5_000

/** For the question whether the text matches. */
export function testingRegExp(parsed: Parsed): BoundedRegExp | undefined {
  return boundedRegExp(withoutGroups(parsed.root))
}

/** For captures, when JavaScript's are sure to be those of Go. Its exec result is a Match. */
export function capturingRegExp(parsed: Parsed): BoundedRegExp | undefined {
  return capturesAgree(parsed.root) ? boundedRegExp(parsed.root) : undefined
}

export function execRegExp({ regexp }: BoundedRegExp, text: string): Match | undefined {
  return regexp.exec(text) ?? undefined
}

function boundedRegExp(root: Node): BoundedRegExp | undefined {
  if (programSize(root) > MAX_REGEXP_SIZE) return undefined
  const cost: Cost = { unclearLoops: 0, factor: 1, firsts: new Map() }
  if (!addCost(root, [], false, cost)) return undefined
  const perPath = cost.unclearLoops === 0 ? 1 : cost.unclearLoops + 1
  const maxLength = Math.min(MAX_TEXT, Math.floor((MAX_STEPS / cost.factor) ** (1 / perPath)))
  if (maxLength < MIN_USEFUL_TEXT) return undefined
  const regexp = new RegExp(`^(?:${sourceOf(root)})$`, 'su')
  return { regexp, maxLength }
}

interface Cost {
  unclearLoops: number
  /** Product of the ways that unclear choices outside loops have. */
  factor: number
  readonly firsts: Map<Node, Ranges>
}

/** False when backtracking in `node` can't be bounded. `follow`: what may come right behind it. */
function addCost(node: Node, follow: Ranges, inLoop: boolean, cost: Cost): boolean {
  switch (node.kind) {
    case 'empty':
    case 'char':
    case 'class':
    case 'assert':
      return true
    case 'group':
      return addCost(node.body, follow, inLoop, cost)
    case 'concat': {
      let behind = follow
      for (let i = node.items.length - 1; i >= 0; i--) {
        const item = node.items[i]
        if (!addCost(item, behind, inLoop, cost)) return false
        const first = firstOf(item, cost)
        behind = isNullable(item) ? union([first, behind]) : first
      }
      return true
    }
    case 'alternate': {
      for (const item of node.items) if (!addCost(item, follow, inLoop, cost)) return false
      const starts = node.items.map((item) =>
        isNullable(item) ? union([firstOf(item, cost), follow]) : firstOf(item, cost),
      )
      const empties = node.items.filter(isNullable).length
      if (empties < 2 && areDisjoint(starts)) return true
      cost.factor *= node.items.length
      return !inLoop
    }
    case 'repeat': {
      const { body, min, max } = node
      const repeats = max < 0 || max > 1
      const first = firstOf(body, cost)
      if (!addCost(body, repeats ? union([first, follow]) : follow, inLoop || repeats, cost)) return false
      const clear = min === max || (!isNullable(body) && !intersects(first, follow))
      if (clear) return true
      if (max < 0) cost.unclearLoops++
      else cost.factor *= max - min + 1
      return !inLoop
    }
  }
}

/** Characters that a match of the node can start with. */
function firstOf(node: Node, cost: Cost): Ranges {
  let first = cost.firsts.get(node)
  if (first === undefined) {
    first = computeFirst(node, cost)
    cost.firsts.set(node, first)
  }
  return first
}

function computeFirst(node: Node, cost: Cost): Ranges {
  switch (node.kind) {
    case 'empty':
    case 'assert':
      return []
    case 'char':
      return [node.code, node.code]
    case 'class':
      return node.ranges
    case 'group':
      return firstOf(node.body, cost)
    case 'alternate':
      return union(node.items.map((item) => firstOf(item, cost)))
    case 'repeat':
      return node.max === 0 ? [] : firstOf(node.body, cost)
    case 'concat': {
      const sets: Ranges[] = []
      for (const item of node.items) {
        sets.push(firstOf(item, cost))
        if (!isNullable(item)) break
      }
      return union(sets)
    }
  }
}

function union(sets: readonly Ranges[]): Ranges {
  return sets.length === 1 ? sets[0] : normalise(sets.flat())
}

function areDisjoint(sets: readonly Ranges[]): boolean {
  let separate = 0
  for (const set of sets) separate += sizeOf(set)
  return sizeOf(union(sets)) === separate
}

function sizeOf(ranges: Ranges): number {
  let size = 0
  for (let i = 0; i < ranges.length; i += 2) size += ranges[i + 1] - ranges[i] + 1
  return size
}

/**
 * JavaScript forgets the groups inside a loop at each turn, and refuses turns that match nothing; Go does neither. So
 * a loop may only hold groups that every turn sets anew, and no optional part with groups may match nothing.
 */
function capturesAgree(node: Node): boolean {
  switch (node.kind) {
    case 'group':
      return capturesAgree(node.body)
    case 'concat':
    case 'alternate':
      return node.items.every(capturesAgree)
    case 'repeat':
      if (!hasGroups(node.body)) return true
      if (isNullable(node.body)) return false
      return capturesAgree(node.body) && (node.max === 1 || setsAllGroups(node.body))
    default:
      return true
  }
}

function hasGroups(node: Node): boolean {
  switch (node.kind) {
    case 'group':
      return true
    case 'concat':
    case 'alternate':
      return node.items.some(hasGroups)
    case 'repeat':
      return hasGroups(node.body)
    default:
      return false
  }
}

function setsAllGroups(node: Node): boolean {
  switch (node.kind) {
    case 'group':
      return setsAllGroups(node.body)
    case 'concat':
      return node.items.every(setsAllGroups)
    case 'alternate':
      return !hasGroups(node)
    case 'repeat':
      return node.min > 0 ? setsAllGroups(node.body) : !hasGroups(node.body)
    default:
      return true
  }
}

/** In JavaScript's syntax under the flags `su`; every class is written out, so no flag changes its meaning. */
function sourceOf(node: Node): string {
  switch (node.kind) {
    case 'empty':
      return ''
    case 'char':
      return node.code < 0x80 && /[0-9A-Za-z_]/.test(String.fromCharCode(node.code))
        ? String.fromCharCode(node.code)
        : escapedCode(node.code)
    case 'class':
      return classSource(node.ranges)
    case 'assert':
      return ASSERTION_SOURCES[node.what]
    case 'group':
      return `(${sourceOf(node.body)})`
    case 'concat':
      return node.items.map((item) => (item.kind === 'alternate' ? `(?:${sourceOf(item)})` : sourceOf(item))).join('')
    case 'alternate':
      return node.items.map(sourceOf).join('|')
    case 'repeat': {
      const { body, min, max, greedy } = node
      const single = body.kind === 'char' || body.kind === 'class' || body.kind === 'group'
      const times =
        max < 0 ? (min === 0 ? '*' : min === 1 ? '+' : `{${min},}`) : min === 0 && max === 1 ? '?' : `{${min},${max}}`
      return `${single ? sourceOf(body) : `(?:${sourceOf(body)})`}${times}${greedy ? '' : '?'}`
    }
  }
}

const ASSERTION_SOURCES = {
  textStart: '^',
  textEnd: '$',
  lineStart: '(?:^|(?<=\\n))',
  lineEnd: '(?=\\n|$)',
  wordBoundary: '\\b',
  noWordBoundary: '\\B',
} as const
