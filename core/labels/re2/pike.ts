/**
 * Matches any pattern in time proportional to (length of text x size of pattern): a Pike machine, which walks over the
 * text once and keeps all states that the pattern could be in, in order of priority. The last resort, and the only one
 * that no pattern can slow down. After R. Cox, "Regular Expression Matching: the Virtual Machine Approach" (2009); the
 * treatment of loops around empty matches is Go's.
 */
import { type Assertion, isNullable, type Match, type Matcher, type Node, type Parsed, withoutGroups } from './ast.ts'
import { includes, isAny, type Ranges } from './ranges.ts'

const OP_CHAR = 0 // x: code point
const OP_CLASS = 1 // x: index in classes
const OP_ANY = 2
const OP_MATCH = 3
const OP_JUMP = 4 // x: target
const OP_SPLIT = 5 // x: preferred target, y: other target
const OP_SAVE = 6 // x: capture slot
const OP_ASSERT = 7 // x: index in ASSERTIONS

const ASSERTIONS: readonly Assertion[] = [
  'textStart',
  'textEnd',
  'lineStart',
  'lineEnd',
  'wordBoundary',
  'noWordBoundary',
]

interface Program {
  readonly ops: Uint8Array
  readonly x: Int32Array
  readonly y: Int32Array
  readonly classes: readonly Ranges[]
  /** Two per group, the whole match left out: it is always the whole text. */
  readonly slots: number
}

export function pikeMatcher(parsed: Parsed): Matcher {
  const groups = parsed.groupNames.length
  let testing: ((text: string) => Int32Array | undefined) | undefined
  let capturing: typeof testing
  return {
    test(text: string): boolean {
      testing ??= machine(compile(withoutGroups(parsed.root), 0))
      return testing(text) !== undefined
    },
    match(text: string): Match | undefined {
      capturing ??= machine(compile(parsed.root, 2 * (groups - 1)))
      const offsets = capturing(text)
      if (offsets === undefined) return undefined
      const match: (string | undefined)[] = [text]
      for (let slot = 0; slot < offsets.length; slot += 2) {
        match.push(offsets[slot + 1] < 0 ? undefined : text.slice(offsets[slot], offsets[slot + 1]))
      }
      return match
    },
  }
}

function compile(root: Node, slots: number): Program {
  const ops: number[] = []
  const x: number[] = []
  const y: number[] = []
  const classes: Ranges[] = []

  const emit = (op: number, first = 0, second = 0): number => {
    ops.push(op)
    x.push(first)
    y.push(second)
    return ops.length - 1
  }
  /** A branch whose way on is the next instruction; the way past it is filled in by `join`. */
  const branch = (greedy: boolean): number =>
    greedy ? emit(OP_SPLIT, ops.length + 1, -1) : emit(OP_SPLIT, -1, ops.length + 1)
  const join = (at: number): void => {
    if (x[at] < 0) x[at] = ops.length
    else y[at] = ops.length
  }
  const plus = (body: Node, greedy: boolean): void => {
    const start = ops.length
    generate(body)
    if (greedy) emit(OP_SPLIT, start, ops.length + 1)
    else emit(OP_SPLIT, ops.length + 1, start)
  }

  const generate = (node: Node): void => {
    switch (node.kind) {
      case 'empty':
        return
      case 'char':
        emit(OP_CHAR, node.code)
        return
      case 'class':
        if (isAny(node.ranges)) emit(OP_ANY)
        else emit(OP_CLASS, classes.push(node.ranges) - 1)
        return
      case 'assert':
        emit(OP_ASSERT, ASSERTIONS.indexOf(node.what))
        return
      case 'group':
        emit(OP_SAVE, 2 * node.index - 2)
        generate(node.body)
        emit(OP_SAVE, 2 * node.index - 1)
        return
      case 'concat':
        node.items.forEach(generate)
        return
      case 'alternate': {
        const exits: number[] = []
        node.items.forEach((item, i) => {
          const last = i === node.items.length - 1
          const choice = last ? -1 : branch(true)
          generate(item)
          if (last) return
          exits.push(emit(OP_JUMP))
          join(choice)
        })
        for (const exit of exits) x[exit] = ops.length
        return
      }
      case 'repeat':
        generateRepeat(node.body, node.min, node.max, node.greedy)
    }
  }
  const generateRepeat = (body: Node, min: number, max: number, greedy: boolean): void => {
    if (max < 0) {
      for (let copy = 1; copy < min; copy++) generate(body)
      if (min > 0) {
        plus(body, greedy)
      } else if (isNullable(body)) {
        // x* as (x+)?, so that an empty turn of the loop has the right priority.
        const choice = branch(greedy)
        plus(body, greedy)
        join(choice)
      } else {
        const choice = branch(greedy)
        generate(body)
        emit(OP_JUMP, choice)
        join(choice)
      }
      return
    }
    for (let copy = 0; copy < min; copy++) generate(body)
    // x{2,5} as xx(x(x(x)?)?)?
    const choices: number[] = []
    for (let copy = min; copy < max; copy++) {
      choices.push(branch(greedy))
      generate(body)
    }
    choices.forEach(join)
  }

  generate(root)
  emit(OP_MATCH)
  return { ops: Uint8Array.from(ops), x: Int32Array.from(x), y: Int32Array.from(y), classes, slots }
}

/** States of one moment, in order of priority. */
interface Threads {
  readonly pcs: Int32Array
  /** `slots` entries for each thread. */
  captures: Int32Array
  count: number
}

/** A function from a text to its capture offsets, or undefined; its memory is kept between calls. */
function machine(program: Program): (text: string) => Int32Array | undefined {
  const { ops, x, y, classes, slots } = program
  const size = ops.length
  let current: Threads = { pcs: new Int32Array(size), captures: new Int32Array(0), count: 0 }
  let following: Threads = { pcs: new Int32Array(size), captures: new Int32Array(0), count: 0 }
  /** Number of the step in which a state was last entered: each is entered once per step, by the best way to it. */
  const entered = new Float64Array(size)
  let step = 0
  const scratch = new Int32Array(slots)
  const stack: number[] = []

  /** Adds all consuming states that are reachable from `from` without a character, captures taken from `scratch`. */
  function enter(threads: Threads, from: number, text: string, at: number): void {
    stack.push(from)
    while (stack.length > 0) {
      const pc = stack.pop() as number
      if (pc < 0) {
        scratch[-1 - pc] = stack.pop() as number
        continue
      }
      if (entered[pc] === step) continue
      entered[pc] = step
      switch (ops[pc]) {
        case OP_JUMP:
          stack.push(x[pc])
          break
        case OP_SPLIT:
          stack.push(y[pc], x[pc])
          break
        case OP_SAVE:
          // The slot gets its old value back when everything behind this state is done.
          stack.push(scratch[x[pc]], -1 - x[pc], pc + 1)
          scratch[x[pc]] = at
          break
        case OP_ASSERT:
          if (holds(ASSERTIONS[x[pc]], text, at)) stack.push(pc + 1)
          break
        default:
          if (slots > 0) keepCaptures(threads)
          threads.pcs[threads.count++] = pc
      }
    }
  }

  function keepCaptures(threads: Threads): void {
    const offset = threads.count * slots
    if (threads.captures.length < offset + slots) {
      const larger = new Int32Array(Math.max(2 * threads.captures.length, offset + slots))
      larger.set(threads.captures)
      threads.captures = larger
    }
    threads.captures.set(scratch, offset)
  }

  return (text) => {
    scratch.fill(-1)
    current.count = 0
    step++
    enter(current, 0, text, 0)
    for (let at = 0; at < text.length && current.count > 0; ) {
      const code = text.codePointAt(at) as number
      at += code > 0xffff ? 2 : 1
      following.count = 0
      step++
      for (let i = 0; i < current.count; i++) {
        const pc = current.pcs[i]
        const op = ops[pc]
        const taken = op === OP_CHAR ? x[pc] === code : op === OP_CLASS ? includes(classes[x[pc]], code) : op === OP_ANY
        if (!taken) continue
        for (let slot = 0; slot < slots; slot++) scratch[slot] = current.captures[i * slots + slot]
        enter(following, pc + 1, text, at)
      }
      const done = current
      current = following
      following = done
    }
    for (let i = 0; i < current.count; i++) {
      if (ops[current.pcs[i]] === OP_MATCH) return current.captures.subarray(i * slots, (i + 1) * slots)
    }
    return undefined
  }
}

function holds(what: Assertion, text: string, at: number): boolean {
  switch (what) {
    case 'textStart':
      return at === 0
    case 'textEnd':
      return at === text.length
    case 'lineStart':
      return at === 0 || text.charCodeAt(at - 1) === 10
    case 'lineEnd':
      return at === text.length || text.charCodeAt(at) === 10
    case 'wordBoundary':
      return isWord(text.charCodeAt(at - 1)) !== isWord(text.charCodeAt(at))
    case 'noWordBoundary':
      return isWord(text.charCodeAt(at - 1)) === isWord(text.charCodeAt(at))
  }
}

/** ASCII only, like Go's `\b`; NaN, which is the unit outside the text, is no word. */
function isWord(unit: number): boolean {
  return (
    (unit >= 0x30 && unit <= 0x39) || (unit >= 0x41 && unit <= 0x5a) || unit === 0x5f || (unit >= 0x61 && unit <= 0x7a)
  )
}
