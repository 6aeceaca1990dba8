/** `foreach`: the same components once for each item of a list. What its items are called, so that those that stay keep their components. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { attr, block, type Schema } from '../syntax/schema.ts'
import { any, bool, list, string } from '../syntax/types.ts'
import { asObject, formatValue, isNumber, type Value } from '../syntax/value.ts'

export interface ForeachArgs {
  readonly collection: readonly Value[]
  readonly var: string
  readonly id: string
  readonly hash_string_id: boolean
  readonly enable_metrics: boolean
}

/** Without the block `template`, which is a body of its own. */
export const foreachSchema: Schema<ForeachArgs> = block({
  collection: attr.required(list(any), 'What there is one of the template for.'),
  var: attr.required(string, 'How the template calls the item.'),
  id: attr.optional(string, '', 'Field of the items by which they are told apart; the whole item unless given.'),
  hash_string_id: attr.optional(bool, false, 'Whether texts are hashed in ids instead of being written out.'),
  enable_metrics: attr.optional(bool, false, 'Whether the components of the template show their metrics.'),
})

export interface Item {
  /** `foreach_web_1`; unique within its foreach. */
  readonly id: string
  readonly value: Value
}

/** One by one: there may be many, and each takes a hash. */
export function* itemsOf(args: ForeachArgs): Iterable<Item> {
  const seen = new Map<string, number>()
  for (const value of args.collection) {
    const fingerprint = fingerprintOf(identityOf(value, args.id), args.hash_string_id)
    const nth = (seen.get(fingerprint) ?? 0) + 1
    seen.set(fingerprint, nth)
    yield { id: `foreach_${fingerprint}_${nth}`, value }
  }
}

/** An item without the field is told apart as a whole. */
function identityOf(value: Value, field: string): Value {
  return (field === '' ? undefined : asObject(value)?.get(field)) ?? value
}

function fingerprintOf(value: Value, hashText: boolean): string {
  if (typeof value === 'string') return hashText ? hashOf(value) : value.replace(/[^a-zA-Z0-9]/g, '_')
  if (typeof value === 'boolean') return String(value)
  if (!isNumber(value)) return hashOf(formatValue(value))
  const whole = typeof value === 'bigint' || Number.isInteger(value)
  return whole ? String(value) : value.toFixed(6).replace('.', '_')
}

function hashOf(text: string): string {
  return bytesToHex(sha256(new TextEncoder().encode(text)))
}
