/** CRC-32 as zlib, gzip and memberlist's has-crc wrapper have it (IEEE, reflected). */

const TABLE = new Uint32Array(256)
for (let i = 0; i < 256; i++) {
  let c = i
  for (let k = 0; k < 8; k++) c = (c & 1) === 0 ? c >>> 1 : (c >>> 1) ^ 0xedb88320
  TABLE[i] = c
}

export function crc32(bytes: Uint8Array, from: number = 0): number {
  let c = 0xffffffff
  for (let i = from; i < bytes.length; i++) c = TABLE[(c ^ bytes[i]) & 0xff] ^ (c >>> 8)
  return (c ^ 0xffffffff) >>> 0
}
