/** Bodies for the tests of this folder. */

import type { Format } from '../../core/exposition/lexer.ts'
import { type ParsedExposition, parseExposition } from '../../core/exposition/parse.ts'

/** Text to bytes; characters U+0080 to U+00FF written as `\xNN` become that single byte, the way to spell invalid UTF-8. */
export function raw(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function parse(body: string | Uint8Array, format: Format): ParsedExposition {
  return parseExposition(typeof body === 'string' ? utf8(body) : body, format)
}

/** What stands in one line each: `name{label="value"} value @timestamp`. Rejected bodies give `rejected`. */
export function lines(body: string | Uint8Array, format: Format): string[] | 'rejected' {
  const parsed = parse(body, format)
  if (!parsed.ok) return 'rejected'
  return parsed.samples.map(({ labels, value, timestamp }) => {
    const pairs: string[] = []
    for (let i = 2; i < labels.length; i += 2) pairs.push(`${labels[i]}=${JSON.stringify(labels[i + 1])}`)
    const braces = pairs.length > 0 ? `{${pairs.join(',')}}` : ''
    const number = Object.is(value, -0) ? '-0' : String(value)
    return `${labels[1]}${braces} ${number}${Number.isNaN(timestamp) ? '' : ` @${timestamp}`}`
  })
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}
