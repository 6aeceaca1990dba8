// Snappy block format, decoding only. The bench has its own so that the sink stays far from being the bottleneck and
// shares no code with what it measures. Format: google/snappy, format_description.txt.

let output = new Uint8Array(1 << 20)

/** Decodes one block. The result is a view that the next call overwrites. */
export function snappyDecode(input) {
  let at = 0
  let length = 0
  for (let shift = 0; ; shift += 7) {
    const byte = input[at++]
    if (byte === undefined || shift > 28) throw new Error('snappy: bad length')
    length += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) break
  }
  if (length > 256 << 20) throw new Error(`snappy: block claims ${length} bytes`)
  if (output.length < length) output = new Uint8Array(length * 2)

  let to = 0
  while (at < input.length) {
    const tag = input[at++]
    if ((tag & 3) === 0) {
      let size = tag >>> 2
      if (size >= 60) {
        const extra = size - 59
        size = 0
        for (let n = 0; n < extra; n++) size += input[at++] * 2 ** (8 * n)
      }
      size += 1
      if (at + size > input.length || to + size > length) throw new Error('snappy: literal runs over the end')
      if (size < 16) for (let n = 0; n < size; n++) output[to + n] = input[at + n]
      else output.set(input.subarray(at, at + size), to)
      at += size
      to += size
    } else {
      let size
      let offset
      if ((tag & 3) === 1) {
        size = 4 + ((tag >>> 2) & 7)
        offset = ((tag >>> 5) << 8) | input[at++]
      } else {
        size = 1 + (tag >>> 2)
        offset = input[at] | (input[at + 1] << 8)
        at += 2
        if ((tag & 3) === 3) {
          offset += input[at] * 65536 + input[at + 1] * 16777216
          at += 2
        }
      }
      if (!(offset > 0 && offset <= to) || to + size > length) throw new Error('snappy: copy from outside the block')
      for (let n = 0; n < size; n++, to++) output[to] = output[to - offset]
    }
  }
  if (to !== length) throw new Error(`snappy: ${to} bytes instead of ${length}`)
  return output.subarray(0, length)
}
