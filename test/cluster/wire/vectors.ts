/** The published encodings as data, and a few words to write bytes with. */
import { readFileSync } from 'node:fs'
import type { PushPull, StateMessage } from '../../../core/cluster/wire/types.ts'

interface Vector {
  readonly what: string
  readonly hex: string
  readonly length: number
}

interface Vectors {
  readonly messages: Readonly<Record<string, Vector>>
  readonly ckit: Readonly<Record<string, Vector>>
  readonly wrapped: Readonly<Record<string, Vector>>
  readonly http: Readonly<Record<string, Vector & string>>
  readonly large_push_pull: {
    readonly length: number
    readonly sha256: string
    readonly head_hex: string
    readonly compressed_length: number
    readonly compressed_sha256: string
  }
}

const fixture = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../fixtures/cluster/${name}`, import.meta.url), 'utf8')) as T

export const vectors: Vectors = fixture('messages.json')
export const lzwVectors: {
  readonly cases: readonly { readonly plain_hex: string; readonly lzw_hex: string }[]
  readonly decode_only: readonly { readonly plain: string; readonly lzw_hex: string }[]
  readonly big: { readonly plain_sha256: string; readonly lzw_length: number; readonly lzw_sha256: string }
} = fixture('lzw.json')

export const hex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')
export const unhex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (b) => Number.parseInt(b, 16))
export const vector = (of: 'messages' | 'ckit' | 'wrapped' | 'http', name: string): Uint8Array =>
  unhex(vectors[of][name].hex)

export const A = '10.0.0.1:12345'
export const B = '10.0.0.2:12345'
export const VERSIONS: Uint8Array = Uint8Array.of(1, 5, 2, 0, 0, 0)

export const stateOfA: StateMessage = { kind: 'state', node: 'a', state: 'participant', time: 3n }

/** The push/pull of the vectors. */
export const pushPull: PushPull = {
  join: true,
  members: [
    { name: 'a', address: A, meta: undefined, incarnation: 1, state: 'alive', versions: VERSIONS },
    { name: 'b', address: B, meta: undefined, incarnation: 2, state: 'suspect', versions: VERSIONS },
  ],
  states: {
    time: 5n,
    entries: [
      { node: 'a', state: 'participant', time: 3n },
      { node: 'b', state: 'viewer', time: 0n },
      { node: 'c', state: 'terminating', time: 300n },
    ],
  },
}

/** Two hundred members: the large one of the vectors. */
export function largePushPull(count: number = 200): PushPull {
  const names = Array.from({ length: count }, (_, i) => `node-${String(i).padStart(3, '0')}`)
  return {
    join: false,
    members: names.map((name, i) => ({
      name,
      address: `10.1.${i >> 8}.${i & 255}:12345`,
      meta: undefined,
      incarnation: i,
      state: 'alive' as const,
      versions: VERSIONS,
    })),
    states: {
      time: 900n,
      entries: names.map((node, i) => ({ node, state: 'participant' as const, time: BigInt(i) })),
    },
  }
}
