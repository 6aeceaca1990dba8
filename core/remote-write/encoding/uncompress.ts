/**
 * Reads snappy blocks (https://github.com/google/snappy, format_description.txt), in steps. Trusts nothing: bodies may come from
 * a damaged disk. Allocates what the preamble says only when that many bytes can come of so short a body.
 */

/** Raw bytes of one step: about a millisecond. */
const STEP_BYTES = 1 << 20
/** The best that an element can do: 64 bytes by a copy of two. */
const MAX_RATIO = 32

export type Uncompressing =
  | { readonly state: 'more' }
  | { readonly state: 'done'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly state: 'corrupt' }

const MORE: Uncompressing = { state: 'more' }
const CORRUPT: Uncompressing = { state: 'corrupt' }

/** Each call does a step; what it answers last, it answers again. */
export function uncompressing(body: Uint8Array, maxBytes: number): () => Uncompressing {
  const { length, at: begin } = readPreamble(body)
  if (length < 0 || length > maxBytes || length > MAX_RATIO * body.length) return () => CORRUPT
  const out = new Uint8Array(length)
  let at = begin
  let to = 0
  let corrupt = false

  function step(): Uncompressing {
    const until = Math.min(length, to + STEP_BYTES)
    while (!corrupt && at < body.length && to < until) element()
    if (corrupt) return CORRUPT
    if (at < body.length && to < length) return MORE
    corrupt = at < body.length || to < length
    return corrupt ? CORRUPT : { state: 'done', bytes: out }
  }

  function element(): void {
    const tag = body[at++]
    const kind = tag & 3
    if (kind === 0) literal(tag >> 2)
    else if (kind === 1) copy(4 + ((tag >> 2) & 7), ((tag >> 5) << 8) | little(1))
    else copy(1 + (tag >> 2), little(kind === 2 ? 2 : 4))
  }

  function literal(tagged: number): void {
    const size = 1 + (tagged < 60 ? tagged : little(tagged - 59))
    if (size > body.length - at || size > length - to) {
      corrupt = true
      return
    }
    out.set(body.subarray(at, at + size), to)
    at += size
    to += size
  }

  function copy(size: number, offset: number): void {
    if (corrupt || offset === 0 || offset > to || size > length - to) {
      corrupt = true
      return
    }
    if (offset >= size) out.copyWithin(to, to - offset, to - offset + size)
    else for (let i = 0; i < size; i++) out[to + i] = out[to + i - offset]
    to += size
  }

  function little(bytes: number): number {
    if (bytes > body.length - at) {
      corrupt = true
      return 0
    }
    let value = 0
    for (let i = bytes - 1; i >= 0; i--) value = value * 256 + body[at + i]
    at += bytes
    return value
  }

  return step
}

/** Length -1 when there is none. */
function readPreamble(body: Uint8Array): { length: number; at: number } {
  let length = 0
  for (let i = 0; i < 5 && i < body.length; i++) {
    length += (body[i] & 0x7f) * 2 ** (7 * i)
    if (body[i] < 0x80) return { length, at: i + 1 }
  }
  return { length: -1, at: 0 }
}
