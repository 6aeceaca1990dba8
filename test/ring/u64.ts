/** 64-bit numbers from 16 hexadecimal digits. */
import type { U64 } from '../../core/hash/u64.ts'

export function u64(hex: string): U64 {
  return { hi: Number.parseInt(hex.slice(0, 8), 16), lo: Number.parseInt(hex.slice(8), 16) }
}
