/**
 * Damage to inputs that were valid once, with an eye for what formats are made of: lengths, numbers, text, nesting, repetition.
 * Everything that is drawn comes from the given stream, so a seed gives the same inputs on every engine. Knows no parser.
 */
import type { Draw } from '../sim/random.ts'
import { mutatedJson } from './mutate-json.ts'

export type Bytes = Uint8Array<ArrayBuffer>

export interface Material {
  /** Valid inputs, small ones. At least one. */
  readonly seeds: readonly Bytes[]
  /** What the format is made of: keywords, separators, magic bytes. */
  readonly tokens: readonly Bytes[]
}

const encoder = new TextEncoder()

export function utf8(text: string): Bytes {
  return new Uint8Array(encoder.encode(text))
}

/** One character, one byte. */
export function latin1(text: string): Bytes {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

export function joined(...parts: readonly Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

export function repeated(part: Uint8Array, times: number): Bytes {
  const out = new Uint8Array(part.length * times)
  for (let i = 0; i < times; i++) out.set(part, i * part.length)
  return out
}

/** Instead of `bytes[from..to)`. */
function replaced(bytes: Uint8Array, from: number, to: number, by: Uint8Array): Bytes {
  return joined(bytes.subarray(0, from), by, bytes.subarray(to))
}

/** No overlong forms, no surrogates, nothing cut off and nothing alone: what a decoder must notice. */
const NOT_UTF8: readonly Bytes[] = [
  '\xff',
  '\xc0\x80',
  '\xe0\x80\x80',
  '\xed\xa0\x80',
  '\xf4\x90\x80\x80',
  '\xe2\x82',
  '\x80',
  '\xef\xbb\xbf',
].map(latin1)

const NUMBERS: readonly Bytes[] = [
  ...['0', '-0', '-1', '00', '1e308', '1e999', '-1e-400', '0x10', 'NaN', '+Inf', '1_000', '0.1.2', '١'],
  ...['255', '256', '65535', '65536', '2147483647', '2147483648', '4294967295', '4294967296'],
  ...['9007199254740993', '9223372036854775807', '9223372036854775808', '18446744073709551616', '9'.repeat(400)],
].map(utf8)

/** As varints: 0, 127, 128, 2^31-1, 2^32-1, 2^32, 2^63-1, 2^64-1, and one that never ends. */
const VARINTS: readonly Bytes[] = [
  ...['\x00', '\x7f', '\x80\x01', '\xff\xff\xff\xff\x07', '\xff\xff\xff\xff\x0f', '\x80\x80\x80\x80\x10'],
  ...['\xff\xff\xff\xff\xff\xff\xff\xff\x7f', '\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01', '\xff'.repeat(12)],
].map(latin1)

const LENGTHS: readonly number[] = [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff]

const BRACKETS: readonly (readonly [open: string, close: string])[] = [
  ['[', ']'],
  ['{"a":', '}'],
  ['{', '}'],
  ['(', ')'],
  ['- ', ''],
  ['"', '"'],
  ['/*', '*/'],
]

type Damage = (bytes: Bytes, draw: Draw, material: Material) => Bytes

const flipBit: Damage = (bytes, draw) => {
  const out = bytes.slice()
  if (out.length > 0) out[draw.below(out.length)] ^= 1 << draw.below(8)
  return out
}

const setByte: Damage = (bytes, draw) => {
  const out = bytes.slice()
  if (out.length > 0)
    out[draw.below(out.length)] = draw.pick([0, 1, 0x0a, 0x0d, 0x20, 0x7f, 0x80, 0xff, draw.below(256)])
  return out
}

const truncate: Damage = (bytes, draw) => bytes.slice(0, draw.below(bytes.length + 1))

const cut: Damage = (bytes, draw) => {
  const [from, to] = range(bytes, draw)
  return replaced(bytes, from, to, NOTHING)
}

const insertToken: Damage = (bytes, draw, { tokens }) =>
  insertAt(bytes, draw, tokens.length === 0 ? Uint8Array.of(draw.below(256)) : draw.pick(tokens))

const insertNotUtf8: Damage = (bytes, draw) => insertAt(bytes, draw, draw.pick(NOT_UTF8))

const insertVarint: Damage = (bytes, draw) => {
  const at = draw.below(bytes.length + 1)
  return replaced(bytes, at, draw.chance(0.5) ? at : Math.min(at + 1, bytes.length), draw.pick(VARINTS))
}

/** Where a length may stand: one to eight bytes in either order. */
const setLength: Damage = (bytes, draw) => {
  const width = draw.pick([1, 2, 3, 4, 8])
  if (bytes.length < width) return bytes
  const out = bytes.slice()
  const at = draw.below(bytes.length - width + 1)
  const little = draw.chance(0.5)
  const value = draw.chance(0.3) ? bytes.length + draw.below(9) - 4 : draw.pick(LENGTHS)
  for (let i = 0; i < width; i++) {
    const place = little ? i : width - 1 - i
    out[at + i] = place < 4 ? (value >>> (8 * place)) & 0xff : draw.pick([0, 0xff])
  }
  return out
}

/** A decimal number that is there, or any place where there is none. */
const setNumber: Damage = (bytes, draw) => {
  const start = draw.below(bytes.length + 1)
  let from = start
  while (from < bytes.length && !isDigit(bytes[from])) from++
  let to = from
  while (to < bytes.length && isDigit(bytes[to])) to++
  return from === bytes.length
    ? insertAt(bytes, draw, draw.pick(NUMBERS))
    : replaced(bytes, from, to, draw.pick(NUMBERS))
}

const repeatPiece: Damage = (bytes, draw) => {
  const [from, to] = range(bytes, draw)
  const times = draw.pick([2, 3, 10, 100])
  return replaced(
    bytes,
    to,
    to,
    repeated(bytes.subarray(from, to), Math.min(times, 1 + Math.floor(4096 / (to - from + 1)))),
  )
}

const splice: Damage = (bytes, draw, { seeds }) => {
  const other = draw.pick(seeds)
  const [from, to] = range(bytes, draw)
  const [start, end] = range(other, draw)
  return draw.chance(0.5)
    ? joined(bytes.subarray(0, from), other.subarray(start))
    : replaced(bytes, from, to, other.subarray(start, end))
}

const nest: Damage = (bytes, draw) => {
  const [open, close] = draw.pick(BRACKETS)
  const depth = draw.pick([1, 10, 300])
  const [from, to] = range(bytes, draw)
  const closed = draw.chance(0.5) ? repeated(utf8(close), depth) : NOTHING
  return replaced(bytes, from, to, joined(repeated(utf8(open), depth), bytes.subarray(from, to), closed))
}

const swap: Damage = (bytes, draw) => {
  const [from, to] = range(bytes, draw)
  const middle = from + draw.below(to - from + 1)
  return replaced(bytes, from, to, joined(bytes.subarray(middle, to), bytes.subarray(from, middle)))
}

const DAMAGES: readonly Damage[] = [
  ...[flipBit, flipBit, setByte, setByte, truncate, cut, insertToken, insertToken, insertNotUtf8, insertVarint],
  ...[setLength, setNumber, repeatPiece, splice, nest, swap],
]

/** A seed with one to five damages. */
export function mutated(draw: Draw, material: Material): Bytes {
  let bytes = draw.pick(material.seeds)
  if (draw.chance(0.6)) {
    const json = mutatedJson(new TextDecoder().decode(bytes), draw)
    if (json !== undefined) {
      bytes = utf8(json)
      // Most often it stays JSON.
      if (draw.chance(0.8)) return bytes
    }
  }
  for (let left = 1 + draw.below(5); left > 0; left--) bytes = draw.pick(DAMAGES)(bytes, draw, material)
  return bytes
}

/** A seed in which a piece, or a token, was repeated until it has some `length` bytes: what costs the square of something shows. */
export function pumped(draw: Draw, { seeds, tokens }: Material, length: number): Bytes {
  const seed = draw.pick(seeds)
  const [from, to] = range(seed, draw)
  const own = seed.subarray(from, Math.min(to, from + 1 + draw.below(12)))
  const piece =
    tokens.length > 0 && draw.chance(0.5) ? draw.pick(tokens) : own.length > 0 ? own : Uint8Array.of(draw.below(256))
  const many = repeated(piece, Math.max(1, Math.floor(length / piece.length)))
  const ending = draw.pick([seed.subarray(to), NOTHING, Uint8Array.of(draw.below(256))])
  return joined(seed.subarray(0, draw.chance(0.8) ? to : 0), many, ending)
}

function range(bytes: Uint8Array, draw: Draw): readonly [from: number, to: number] {
  const a = draw.below(bytes.length + 1)
  const b = draw.chance(0.7) ? Math.min(bytes.length, a + draw.below(16)) : draw.below(bytes.length + 1)
  return a < b ? [a, b] : [b, a]
}

function insertAt(bytes: Uint8Array, draw: Draw, piece: Uint8Array): Bytes {
  const at = draw.below(bytes.length + 1)
  return replaced(bytes, at, at, piece)
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

const NOTHING: Bytes = new Uint8Array(0)
