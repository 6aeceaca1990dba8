/** Strings as UTF-8 in a growing buffer. */
import { type Bytes, reserve } from './bytes.ts'
import { MAX_VARINT_BYTES, writeVarint } from './varint.ts'

const encoder = new TextEncoder()

/** Length in UTF-8; a surrogate without its partner counts as U+FFFD, which is what TextEncoder writes for it. */
export function utf8Length(text: string): number {
  let length = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    if (unit < 0x800) length++
    else if (unit >= 0xd800 && unit < 0xdc00 && isTrailing(text.charCodeAt(i + 1))) {
      length += 2
      i++
    } else length += 2
  }
  return length
}

/** Appends a string whose length in UTF-8 is `utf8`; there is room for it. */
export function writeUtf8(out: Bytes, text: string, utf8: number): void {
  const at = out.length
  if (utf8 === text.length) {
    // Nearly always ASCII, where this loop beats the call into the host.
    const { bytes } = out
    for (let i = 0; i < utf8; i++) bytes[at + i] = text.charCodeAt(i)
  } else {
    encoder.encodeInto(text, out.bytes.subarray(at, at + utf8))
  }
  out.length = at + utf8
}

/** Appends a field of a message: tag, length, text. Makes room for itself. */
export function appendTextField(out: Bytes, tag: number, text: string): void {
  const utf8 = utf8Length(text)
  reserve(out, 1 + MAX_VARINT_BYTES + utf8)
  out.bytes[out.length++] = tag
  writeVarint(out, utf8)
  writeUtf8(out, text, utf8)
}

function isTrailing(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000
}
