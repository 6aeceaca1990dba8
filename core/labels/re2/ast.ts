/**
 * What a pattern means after parsing: flags are resolved (case folding is in the classes, `U` in `greedy`), so that all
 * three ways of matching see the same plain tree.
 */
import type { Ranges } from './ranges.ts'

export type Node =
  | { readonly kind: 'empty' }
  | { readonly kind: 'char'; readonly code: number }
  | { readonly kind: 'class'; readonly ranges: Ranges }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'group'; readonly index: number; readonly body: Node }
  | { readonly kind: 'concat'; readonly items: readonly Node[] }
  | { readonly kind: 'alternate'; readonly items: readonly Node[] }
  | {
      readonly kind: 'repeat'
      readonly body: Node
      readonly min: number
      readonly max: number
      readonly greedy: boolean
    }

export type Assertion = 'textStart' | 'textEnd' | 'lineStart' | 'lineEnd' | 'wordBoundary' | 'noWordBoundary'

export interface Parsed {
  readonly root: Node
  /** Name of each capture group, '' for unnamed ones; index 0 is the whole match. Names may repeat. */
  readonly groupNames: readonly string[]
}

/** The groups of a match, undefined where one took no part; index 0 is the whole text. A RegExp's result is one. */
export type Match = readonly (string | undefined)[]

/** One way of matching a pattern; always against the whole text, leftmost-first like Perl and Go. */
export interface Matcher {
  test(text: string): boolean
  match(text: string): Match | undefined
}

export const EMPTY: Node = { kind: 'empty' }

/** Can it match without taking a character? Assertions count as yes. */
export function isNullable(node: Node): boolean {
  switch (node.kind) {
    case 'empty':
    case 'assert':
      return true
    case 'char':
    case 'class':
      return false
    case 'group':
      return isNullable(node.body)
    case 'concat':
      return node.items.every(isNullable)
    case 'alternate':
      return node.items.some(isNullable)
    case 'repeat':
      return node.min === 0 || isNullable(node.body)
  }
}

/** The same tree without its groups, for questions that need no captures. */
export function withoutGroups(node: Node): Node {
  switch (node.kind) {
    case 'group':
      return withoutGroups(node.body)
    case 'concat':
    case 'alternate':
      return { kind: node.kind, items: node.items.map(withoutGroups) }
    case 'repeat':
      return { ...node, body: withoutGroups(node.body) }
    default:
      return node
  }
}

/** Roughly the number of steps of a program for it, counted repeats written out. */
export function programSize(node: Node): number {
  switch (node.kind) {
    case 'group':
      return programSize(node.body) + 2
    case 'concat':
    case 'alternate':
      return node.items.reduce((sum, item) => sum + programSize(item) + 1, 0)
    case 'repeat':
      return (programSize(node.body) + 1) * Math.max(node.max < 0 ? node.min + 1 : node.max, 1)
    default:
      return 1
  }
}

/**
 * The same for a match of the whole text: anchors at the very start and the very end say nothing and go away, so that
 * `^foo.*$` is as simple as `foo.*`.
 */
export function withoutOuterAnchors(node: Node, first = true, last = true): Node {
  switch (node.kind) {
    case 'assert':
      return (first && node.what === 'textStart') || (last && node.what === 'textEnd') ? EMPTY : node
    case 'group':
      return { ...node, body: withoutOuterAnchors(node.body, first, last) }
    case 'alternate':
      return { ...node, items: node.items.map((item) => withoutOuterAnchors(item, first, last)) }
    case 'concat': {
      const items = node.items.slice()
      for (let i = 0, atStart = first; i < items.length && atStart; i++) {
        items[i] = withoutOuterAnchors(items[i], true, false)
        atStart = takesNothing(items[i])
      }
      for (let i = items.length - 1, atEnd = last; i >= 0 && atEnd; i--) {
        items[i] = withoutOuterAnchors(items[i], false, true)
        atEnd = takesNothing(items[i])
      }
      return { ...node, items }
    }
    default:
      return node
  }
}

function takesNothing(node: Node): boolean {
  return node.kind === 'empty' || node.kind === 'assert' || (node.kind === 'group' && takesNothing(node.body))
}
