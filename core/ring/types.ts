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
}
