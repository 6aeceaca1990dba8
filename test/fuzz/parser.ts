/** What a parser is to the harness: how to feed it, and what it promises. */
import { CodedError } from '../../core/errors.ts'
import { type Bytes, utf8 } from './mutate.ts'

export interface Parser {
  readonly name: string
  /** `path:export` of what is exercised, such as `core/cluster/wire/packet.ts:unpackPacket`. */
  readonly covers: readonly string[]
  /** Valid inputs, at least one. Asked once. */
  seeds(): readonly Bytes[] | Promise<readonly Bytes[]>
  readonly tokens?: readonly string[]
  /** Reads the input and checks what must hold of the result, by `check`; the rest is the harness's. */
  read(input: Bytes): unknown
  /** Whether `read` may throw that; a CodedError when left out. */
  readonly documented?: (thrown: unknown) => boolean
  /** The longest input that can come, in bytes; 1 MiB when left out. */
  readonly longest?: number
  /** CPU time allowed per byte, in µs; 2 when left out. A reason belongs beside it. */
  readonly microsPerByte?: number
  /** Bytes that an input may make it allocate whatever its size, such as a limit that is passed to it. */
  readonly allocates?: number
  /** Inputs in the short run, for what is slow to set up. */
  readonly inputs?: number
}

/** Fails the input: `what` must hold. */
export function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`${BROKEN}${what}`)
}

const BROKEN = 'does not hold: '

export function isBroken(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message.startsWith(BROKEN)
}

export function isCoded(thrown: unknown): boolean {
  return thrown instanceof CodedError
}

/** An Error made for people by hand; never one of those that engines throw. */
export function isForPeople(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.constructor === Error || isCoded(thrown)) && thrown.message.length > 0
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

export function texts(...all: readonly string[]): () => readonly Bytes[] {
  return () => all.map(utf8)
}

/** The same as JSON. */
export function asJson(...all: readonly unknown[]): () => readonly Bytes[] {
  return () => all.map((value) => utf8(JSON.stringify(value)))
}

/** Runs a work for Slices to its end. */
export function drained<T>(work: Generator<unknown, T>): T {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}
