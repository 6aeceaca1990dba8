/**
 * Streams: one message in each direction, in a label header (from the opener alone) and a compress wrapper (from Go always).
 * Bytes come in pieces and nobody says where the message ends but the message itself, since Go never closes its half.
 */
import { MAX_EXCHANGE_BYTES } from '../../limits.ts'
import { readPing, readSeq } from './decode-message.ts'
import { ACK, COMPRESS, ENCRYPT, ERROR, encodeMessage, HAS_LABEL, PING, PUSH_PULL } from './messages.ts'
import { compressed, readCompressed, withoutLabel } from './packet.ts'
import { encodePushPull, readPushPull } from './push-pull.ts'
import { CUT_SHORT, createReader, fail, type Reader, readStruct, readText, shape } from './reader.ts'
import { encodeText } from './text.ts'
import type { Ack, Malformed, StreamMessage } from './types.ts'
import { createWriter, writeByte, writeMap, writeText, written } from './writer.ts'

const ERROR_SHAPE = shape('Error')

/** Longest error text that is read; the rest of the world's are sentences. */
const MAX_ERROR_BYTES = 4096

/** Smaller messages are sent as they are: compressing costs time here and there, and they fit one TCP segment anyway. */
const COMPRESS_FROM_BYTES = 1400

export type StreamRead =
  | { readonly kind: 'more' }
  | {
      readonly kind: 'message'
      readonly message: StreamMessage
      /** Entries that were left out of it, and why; fixed texts. */
      readonly problems: readonly string[]
    }

/** The label is wrong: the stream is closed without a word, as Go does. Everything else gets an error message. */
export interface WrongLabel extends Malformed {
  readonly label: true
}

/**
 * `bytes` are all of one direction so far. `label` is the cluster's name when reading what the opener says, and undefined
 * when reading the answer, which has none. Bytes behind the message are ignored.
 */
export function readStream(bytes: Uint8Array, label: string | undefined): StreamRead | Malformed | WrongLabel {
  const unlabelled = withoutLabel(bytes, label ?? '')
  if ('ok' in unlabelled) {
    return unlabelled.more ? { kind: 'more' } : { ok: false, reason: unlabelled.reason, label: true }
  }
  const { rest } = unlabelled
  if (rest.length === 0) return { kind: 'more' }
  if (rest[0] !== COMPRESS) return readMessage(rest, true)
  const reader = createReader(rest, 1)
  const plain = readCompressed(reader, MAX_EXCHANGE_BYTES)
  if (plain !== undefined) return readMessage(plain, false)
  return reader.bad === CUT_SHORT ? { kind: 'more' } : { ok: false, reason: reader.bad ?? CUT_SHORT }
}

function readMessage(bytes: Uint8Array, open: boolean): StreamRead | Malformed {
  const reader = createReader(bytes, 1)
  const problems: string[] = []
  const message = read(reader, bytes[0], problems)
  if (message !== undefined && reader.bad === undefined) return { kind: 'message', message, problems }
  return open && reader.bad === CUT_SHORT ? { kind: 'more' } : { ok: false, reason: reader.bad ?? CUT_SHORT }
}

function read(reader: Reader, type: number, problems: string[]): StreamMessage | undefined {
  if (type === PUSH_PULL) return { kind: 'push-pull', pushPull: readPushPull(reader, problems) }
  if (type === PING) return readPing(reader)
  if (type === ACK) return readSeq(reader, 'ack') as Ack
  if (type === ERROR) {
    let text = ''
    readStruct(reader, ERROR_SHAPE, () => {
      text = readText(reader, MAX_ERROR_BYTES)
    })
    return { kind: 'error', text }
  }
  fail(reader, type === ENCRYPT ? 'an encrypted message' : 'a message of a type that is not for streams')
  return undefined
}

/** `label` as in `readStream`: the cluster's name from the opener, undefined in the answer. */
export function writeStream(message: StreamMessage, label: string | undefined): Uint8Array<ArrayBuffer> {
  const plain = encodeStreamMessage(message)
  const body = plain.length < COMPRESS_FROM_BYTES ? plain : compressed(plain)
  if (label === undefined || label === '') return body
  const name = encodeText(label)
  const out = new Uint8Array(2 + name.length + body.length)
  out[0] = HAS_LABEL
  out[1] = name.length
  out.set(name, 2)
  out.set(body, 2 + name.length)
  return out
}

function encodeStreamMessage(message: StreamMessage): Uint8Array<ArrayBuffer> {
  if (message.kind === 'push-pull') return encodePushPull(message.pushPull)
  if (message.kind !== 'error') return encodeMessage(message)
  const writer = createWriter(64)
  writeByte(writer, ERROR)
  writeMap(writer, 1)
  writeText(writer, 'Error')
  writeText(writer, message.text)
  return written(writer)
}
