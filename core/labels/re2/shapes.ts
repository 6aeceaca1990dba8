/**
 * The patterns that people really write (a literal, a list of literals, `prefix.*`, `(.+):(.*)`, …) as plain string
 * operations: a look-up in a map, or literals found between gaps of anything. Ten times faster than a RegExp, and never
 * worse than linear in the length of the text.
 */
import type { Match, Node, Parsed } from './ast.ts'
import { countUpTo, isAny } from './ranges.ts'

/** More texts than this in a list of alternatives, and the pattern is left to the other engines. */
const MAX_TEXTS = 20_000
/** The same for texts that come of several choices, of which nobody writes many by hand. */
const MAX_PRODUCT = 1_000
const MAX_GLOBS = 16
/** A class with more members than this is no list of alternatives. */
const MAX_CLASS = 16

/**
 * Literals with gaps of anything between them: `literals[0] gap literals[1] gap … literals[n]`. The first literal is
 * the start of the text and the last one its end; those between are not empty.
 */
interface Glob {
  readonly literals: readonly string[]
  /** Least length of each gap, 0 or 1; one entry fewer than literals. */
  readonly gaps: readonly number[]
  readonly lazy: boolean
  readonly mixed: boolean
  /** Where groups start and end: [slot, index of a literal, distance from its start]. */
  readonly marks: readonly Mark[]
}

type Mark = readonly [slot: number, literal: number, distance: number]

interface Shapes {
  readonly test: (text: string) => boolean
  /** Missing when string operations would choose other captures than the leftmost-first rule. */
  readonly match?: (text: string) => Match | undefined
}

export function shapesOf(parsed: Parsed): Shapes | undefined {
  const order = { keepsPriority: true }
  const globs = expand(parsed.root, order)
  if (globs === undefined) return undefined
  const open = globs.filter((glob) => glob.gaps.length > 0)
  if (open.length > MAX_GLOBS || !open.every(hasRoomyGaps)) return undefined

  const groups = parsed.groupNames.length
  const closed = new Map<string, { readonly rank: number; readonly match: Match }>()
  const ranks: number[] = []
  globs.forEach((glob, rank) => {
    if (glob.gaps.length > 0) ranks.push(rank)
    else if (!closed.has(glob.literals[0])) {
      closed.set(glob.literals[0], { rank, match: cut(glob, glob.literals[0], [0], groups) })
    }
  })

  const test = testOf([...closed.keys()], open)
  if (!order.keepsPriority || open.some((glob) => glob.mixed && glob.gaps.length > 1)) return { test }
  const match = (text: string): Match | undefined => {
    const known = closed.size > 0 ? closed.get(text) : undefined
    for (let i = 0; i < open.length && (known === undefined || ranks[i] < known.rank); i++) {
      const starts = place(open[i], text)
      if (starts !== undefined) return cut(open[i], text, starts, groups)
    }
    return known?.match
  }
  return { test, match }
}

function testOf(texts: readonly string[], globs: readonly Glob[]): (text: string) => boolean {
  if (globs.length === 0) {
    if (texts.length === 1) return (text) => text === texts[0]
    const set = new Set(texts)
    return (text) => set.has(text)
  }
  if (texts.length === 0 && globs.length === 1) {
    const [glob] = globs
    const [start, end] = glob.literals
    if (glob.gaps.length > 1) return (text) => place(glob, text) !== undefined
    const least = start.length + glob.gaps[0] + end.length
    if (end === '') return (text) => text.length >= least && text.startsWith(start)
    if (start === '') return (text) => text.length >= least && text.endsWith(end)
    return (text) => text.length >= least && text.startsWith(start) && text.endsWith(end)
  }
  const set = new Set(texts)
  return (text) => set.has(text) || globs.some((glob) => place(glob, text) !== undefined)
}

/** Gaps next to each other would have to share, in code points: not a matter of string search. */
function hasRoomyGaps(glob: Glob): boolean {
  return glob.literals.every((literal, i) => literal !== '' || i === 0 || i === glob.literals.length - 1)
}

/** Where each literal starts, or undefined when the text does not match. */
function place(glob: Glob, text: string): number[] | undefined {
  const { literals, gaps } = glob
  const last = literals.length - 1
  const end = text.length - literals[last].length
  if (!text.startsWith(literals[0]) || !text.endsWith(literals[last])) return undefined
  const starts = new Array<number>(last + 1)
  starts[0] = 0
  starts[last] = end
  if (glob.lazy) {
    for (let i = 1; i < last; i++) {
      starts[i] = text.indexOf(literals[i], starts[i - 1] + literals[i - 1].length + gaps[i - 1])
      if (starts[i] < 0) return undefined
    }
    return starts[last - 1] + literals[last - 1].length + gaps[last - 1] <= end ? starts : undefined
  }
  // Greedy: each gap as long as can be, the first one before all: so from the right, each literal as late as can be.
  for (let i = last - 1; i > 0; i--) {
    const latest = starts[i + 1] - gaps[i] - literals[i].length
    starts[i] = latest < 0 ? -1 : text.lastIndexOf(literals[i], latest)
    if (starts[i] < 0) return undefined
  }
  return literals[0].length + gaps[0] <= starts[1] ? starts : undefined
}

function cut(glob: Glob, text: string, starts: readonly number[], groups: number): Match {
  const match: (string | undefined)[] = [text]
  for (let group = 1; group < groups; group++) match.push(undefined)
  const { marks } = glob
  for (let i = 0; i < marks.length; i++) {
    const [slot, literal, distance] = marks[i]
    if ((slot & 1) === 0) continue
    // The start that belongs to this end is the nearest one before it.
    let open = i
    while (marks[open][0] !== slot - 1) open--
    match[(slot >> 1) + 1] = text.slice(starts[marks[open][1]] + marks[open][2], starts[literal] + distance)
  }
  return match
}

const NOTHING: Glob = { literals: [''], gaps: [], lazy: false, mixed: false, marks: [] }

/** The pattern as a list of globs, best first; undefined when it is not of this kind or has too many. */
function expand(node: Node, order: { keepsPriority: boolean }): readonly Glob[] | undefined {
  switch (node.kind) {
    case 'empty':
      return [NOTHING]
    case 'char':
      return [{ ...NOTHING, literals: [String.fromCodePoint(node.code)] }]
    case 'class': {
      const count = countUpTo(node.ranges, MAX_CLASS + 1)
      if (count > MAX_CLASS) return undefined
      const globs: Glob[] = []
      for (let i = 0; i < node.ranges.length; i += 2) {
        for (let code = node.ranges[i]; code <= node.ranges[i + 1]; code++) {
          globs.push({ ...NOTHING, literals: [String.fromCodePoint(code)] })
        }
      }
      return globs
    }
    case 'assert':
      return undefined
    case 'group':
      return expand(node.body, order)?.map((glob) => ({
        ...glob,
        marks: [[2 * node.index - 2, 0, 0], ...glob.marks, [2 * node.index - 1, ...endOf(glob)]],
      }))
    case 'alternate': {
      const globs: Glob[] = []
      for (const item of node.items) {
        const more = expand(item, order)
        if (more === undefined || globs.length + more.length > MAX_TEXTS) return undefined
        for (const glob of more) globs.push(glob)
      }
      return globs
    }
    case 'concat': {
      let globs: readonly Glob[] | undefined = [NOTHING]
      for (let i = 0; i < node.items.length && globs !== undefined; i++) {
        let run = ''
        for (let item = node.items[i]; item?.kind === 'char'; item = node.items[++i])
          run += String.fromCodePoint(item.code)
        if (run !== '') globs = product(globs, [{ ...NOTHING, literals: [run] }], order)
        if (i >= node.items.length) break
        const more = expand(node.items[i], order)
        globs = globs && more && product(globs, more, order)
      }
      return globs
    }
    case 'repeat': {
      const { body, min, max, greedy } = node
      if (max < 0) {
        if (min > 1 || body.kind !== 'class' || !isAny(body.ranges)) return undefined
        return [{ literals: ['', ''], gaps: [min], lazy: !greedy, mixed: false, marks: [] }]
      }
      if (max > MAX_CLASS) return undefined
      const one = expand(body, order)
      let globs: readonly Glob[] | undefined = [NOTHING]
      // x{2,5} as xx(x(x(x)?)?)?, from the inside.
      for (let copy = max; one && globs && copy > 0; copy--) {
        globs = product(one, globs, order)
        if (globs && copy > min) globs = greedy ? [...globs, NOTHING] : [NOTHING, ...globs]
      }
      return one && globs
    }
  }
}

function endOf(glob: Glob): [literal: number, distance: number] {
  const last = glob.literals.length - 1
  return [last, glob.literals[last].length]
}

function product(
  left: readonly Glob[],
  right: readonly Glob[],
  order: { keepsPriority: boolean },
): readonly Glob[] | undefined {
  if (left.length > 1 && right.length > 1 && left.length * right.length > MAX_PRODUCT) return undefined
  // A choice that follows a gap ranks below the gap's length, but in the list it would rank above.
  if (right.length > 1 && left.some((glob) => glob.gaps.length > 0)) order.keepsPriority = false
  const globs: Glob[] = []
  for (const a of left) for (const b of right) globs.push(join(a, b))
  return globs
}

function join(a: Glob, b: Glob): Glob {
  if (a === NOTHING) return b
  if (b === NOTHING) return a
  const [at, shift] = endOf(a)
  const marks = b.marks.map(
    ([slot, literal, distance]): Mark => [slot, at + literal, distance + (literal === 0 ? shift : 0)],
  )
  const bothGapped = a.gaps.length > 0 && b.gaps.length > 0
  return {
    literals: [...a.literals.slice(0, -1), a.literals[at] + b.literals[0], ...b.literals.slice(1)],
    gaps: [...a.gaps, ...b.gaps],
    lazy: a.gaps.length > 0 ? a.lazy : b.lazy,
    mixed: a.mixed || b.mixed || (bothGapped && a.lazy !== b.lazy),
    marks: [...a.marks, ...marks],
  }
}
