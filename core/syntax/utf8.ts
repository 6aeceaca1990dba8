/** Bytes as text: what isn't UTF-8 becomes U+FFFD, and a byte order mark is a character like any other. */
export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
