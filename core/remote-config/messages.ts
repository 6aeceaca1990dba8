/**
 * The messages of `collector.v1.CollectorService` (grafana/alloy-remote-config, collector.proto) as bytes. Owns field numbers
 * and their encoding; knows nothing of who sends what when.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

export type ApplyStatus = 'UNSET' | 'APPLIED' | 'APPLYING' | 'FAILED'

const STATUS_NUMBERS: Readonly<Record<ApplyStatus, number>> = { UNSET: 0, APPLIED: 1, APPLYING: 2, FAILED: 3 }

export type Attributes = Readonly<Record<string, string>>

export interface Registration {
  readonly id: string
  readonly name: string
  readonly localAttributes: Attributes
}

export interface ConfigRequest {
  readonly id: string
  readonly localAttributes: Attributes
  /** As the server gave it with the last configuration; empty at first. */
  readonly hash: string
  /** How the last one did; absent when the server knows. */
  readonly status?: { readonly status: ApplyStatus; readonly message: string }
  /** The text that is in force; absent when the server knows. */
  readonly effectiveConfig?: string
}

export interface ConfigAnswer {
  readonly content: string
  /** Empty when the server has none. */
  readonly hash: string
  /** There is no content then: that of the hash in the request still holds. */
  readonly notModified: boolean
}

/** What Alloy calls its own configuration. */
const CONFIG_TYPE = 'text/plain'

export function encodeRegistration({ id, name, localAttributes }: Registration): Uint8Array {
  const writer = new BinaryWriter()
  text(writer, 1, id)
  text(writer, 3, name)
  attributes(writer, 4, localAttributes)
  return writer.finish()
}

export function encodeUnregistration(id: string): Uint8Array {
  const writer = new BinaryWriter()
  text(writer, 1, id)
  return writer.finish()
}

export function encodeConfigRequest(request: ConfigRequest): Uint8Array {
  const { id, localAttributes, hash, status, effectiveConfig } = request
  const writer = new BinaryWriter()
  text(writer, 1, id)
  text(writer, 3, hash)
  attributes(writer, 4, localAttributes)
  if (status !== undefined) {
    inside(writer, 5, () => {
      const number = STATUS_NUMBERS[status.status]
      if (number !== 0) writer.tag(1, WireType.Varint).uint32(number)
      text(writer, 2, status.message)
    })
  }
  if (effectiveConfig !== undefined) {
    // EffectiveConfig { AgentConfigMap { map<name, AgentConfigFile> } } with one file that has no name.
    inside(writer, 6, () =>
      inside(writer, 1, () =>
        inside(writer, 1, () => {
          writer.tag(1, WireType.LengthDelimited).string('')
          inside(writer, 2, () => {
            text(writer, 1, effectiveConfig)
            text(writer, 2, CONFIG_TYPE)
          })
        }),
      ),
    )
  }
  return writer.finish()
}

/** Fields that are not known are passed over. Throws when it is no such message. */
export function decodeConfigAnswer(bytes: Uint8Array): ConfigAnswer {
  const reader = new BinaryReader(bytes)
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let content = ''
  let hash = ''
  let notModified = false
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag()
    if (field === 1 && type === WireType.LengthDelimited) content = decoder.decode(reader.bytes())
    else if (field === 2 && type === WireType.LengthDelimited) hash = decoder.decode(reader.bytes())
    else if (field === 3 && type === WireType.Varint) notModified = reader.bool()
    else reader.skip(type)
  }
  if (reader.pos > reader.len) throw new RangeError('the message ends too early')
  return { content, hash, notModified }
}

/** Empty text is left out, as protobuf does. */
function text(writer: BinaryWriter, field: number, value: string): void {
  if (value !== '') writer.tag(field, WireType.LengthDelimited).string(value)
}

function inside(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork()
  write()
  writer.join()
}

/** Always in the same order, so that equal requests are equal bytes. */
function attributes(writer: BinaryWriter, field: number, all: Attributes): void {
  for (const name of Object.keys(all).sort()) {
    inside(writer, field, () => {
      writer.tag(1, WireType.LengthDelimited).string(name)
      writer.tag(2, WireType.LengthDelimited).string(all[name])
    })
  }
}
