/**
 * Reads the samples of remote_write requests of both versions, fast enough for a day of them, and with nothing of the code that
 * writes them. Of the labels it tells the values of two, which say which series it is.
 */
import { Buffer } from 'node:buffer'
import { uncompress } from '../support/remote-write-decoder.ts'

/** Names of two labels. */
export type Names = readonly [string, string]
/** Called for each sample with the values of both; they are empty where a series doesn't have them. */
export type Visit = (first: string, second: string, value: number, timestamp: number) => void

/** Of the message that is being read: allocating for each number would take longer than reading it. */
let message: Buffer = Buffer.alloc(0)
let at = 0

/** Throws on what can't be read. `second`: whether it is of version 2.0. */
export function readSamples(body: Uint8Array, second: boolean, names: Names, visit: Visit): void {
  message = Buffer.from(uncompress(body))
  at = 0
  const symbols: string[] = []
  const series: number[] = []
  while (at < message.length) {
    const tag = varint()
    const end = lengthDelimited(tag)
    const number = tag >>> 3
    if (second && number === 4) symbols.push(message.toString('utf8', at, end))
    else if (number === (second ? 5 : 1)) series.push(at, end)
    else if (second || number !== 3) throw new Error(`unexpected field ${number}`)
    at = end
  }
  if (second && symbols[0] !== '') throw new Error('the first symbol is not empty')
  const references: readonly [number, number] = [symbols.indexOf(names[0]), symbols.indexOf(names[1])]
  for (let n = 0; n < series.length; n += 2) {
    at = series[n]
    readSeries(series[n + 1], second ? { symbols, references } : names, visit)
  }
}

interface Symbols {
  readonly symbols: readonly string[]
  readonly references: readonly [number, number]
}

/** The field of a series that holds its labels comes before its samples, in both versions. */
function readSeries(end: number, names: Names | Symbols, visit: Visit): void {
  let first = ''
  let second = ''
  while (at < end) {
    const tag = varint()
    const fieldEnd = lengthDelimited(tag)
    if (tag >>> 3 === 1 && 'symbols' in names) {
      const { symbols, references } = names
      while (at < fieldEnd) {
        const name = varint()
        const value = varint()
        if (name >= symbols.length || value >= symbols.length) throw new Error('a reference to no symbol')
        if (name === references[0]) first = symbols[value]
        else if (name === references[1]) second = symbols[value]
      }
    } else if (tag >>> 3 === 1) {
      const name = text()
      if (name === (names as Names)[0]) first = text()
      else if (name === (names as Names)[1]) second = text()
    } else if (tag >>> 3 === 2) readSample(fieldEnd, first, second, visit)
    at = fieldEnd
  }
  if (at !== end) throw new Error('a series runs over its end')
}

function readSample(end: number, first: string, second: string, visit: Visit): void {
  let value = 0
  let timestamp = 0
  while (at < end) {
    const tag = varint()
    if (tag === 9) {
      value = message.readDoubleLE(at)
      at += 8
    } else if (tag === 16) timestamp = varint()
    else throw new Error(`tag ${tag} in a sample`)
  }
  visit(first, second, value, timestamp)
}

function text(): string {
  const end = lengthDelimited(varint())
  const read = message.toString('latin1', at, end)
  at = end
  return read
}

/** Returns where the field ends; `at` is then where its content begins. */
function lengthDelimited(tag: number): number {
  if ((tag & 7) !== 2) throw new Error(`field ${tag >>> 3} of wire type ${tag & 7}`)
  const length = varint()
  if (at + length > message.length) throw new Error('a field runs over the end')
  return at + length
}

/** Exact up to 2^53. */
function varint(): number {
  let value = 0
  for (let scale = 1; ; scale *= 128) {
    if (at >= message.length) throw new Error('the message ends inside a number')
    const byte = message[at++]
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value
  }
}
