/** The hash ring that decides who owns what, equal to Alloy's bit for bit. */
import type { U64 } from '../hash/u64.ts'

/** Immutable. Made from a set of names; see build.ts. */
export interface Ring {
  /** Sorted as bytes, each once. */
  readonly names: readonly string[]
  /** Index into `names` of the owner of a key, or -1 when there are no names. Allocates nothing. */
  owner(hi: number, lo: number): number
  /** The `count` distinct names that come first from a key on; fewer when there are fewer. The first is the owner. */
  owners(key: U64, count: number): readonly string[]
  /** The token that takes a key: the first that is not below it, around the end; undefined when there are no names. */
  token(key: U64): U64 | undefined
  /** How many tokens there are, and the one at a place in their order, with its owner's index. For checks and pages. */
  readonly size: number
  at(place: number): { readonly token: U64; readonly owner: number }
}
