/**
 * A server of `collector.v1.CollectorService` as a function of a request: what Alloy's servers say, decoded and encoded with
 * @bufbuild/protobuf and without any of the code under test. Stands behind the fake HTTP port or a real socket.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

export interface Asked {
  readonly procedure: string
  readonly id: string
  readonly name: string
  readonly hash: string
  readonly attributes: Readonly<Record<string, string>>
  /** `APPLIED`, or `FAILED: why`; undefined when nothing was said. */
  readonly status: string | undefined
  readonly effective: string | undefined
}

export interface Answered {
  readonly status: number
  readonly type: string
  readonly body: Uint8Array
}

export interface FakeServer {
  /** What collectors get; `hash` is sent when it isn't empty, and is how `not_modified` is found out. */
  config: { readonly content: string; readonly hash: string }
  /** Overrides the answer to a procedure. */
  readonly instead: Map<string, Answered>
  readonly asked: Asked[]
  answer(path: string, body: Uint8Array): Answered
  /** Those to GetConfig since the last look, as `status | effective`. */
  reports(): string[]
}

const STATUSES = ['UNSET', 'APPLIED', 'APPLYING', 'FAILED']

export function fakeServer(content = 'a', hash = ''): FakeServer {
  const asked: Asked[] = []
  let looked = 0
  const server: FakeServer = {
    config: { content, hash },
    instead: new Map(),
    asked,
    answer(path, body) {
      const [service, procedure] = path.split('/').slice(-2)
      if (service !== 'collector.v1.CollectorService') return problem(404, 'unimplemented', 'no such service')
      const request = { procedure, ...decode(body) }
      asked.push(request)
      const instead = server.instead.get(procedure)
      if (instead !== undefined) return instead
      return {
        status: 200,
        type: 'application/proto',
        body: procedure === 'GetConfig' ? config(request) : new Uint8Array(),
      }
    },
    reports() {
      const news = asked.slice(looked).filter(({ procedure }) => procedure === 'GetConfig')
      looked = asked.length
      return news.map(({ status, effective }) => `${status ?? '-'} | ${effective ?? '-'}`)
    },
  }

  function config(request: Asked): Uint8Array {
    const { content, hash } = server.config
    const writer = new BinaryWriter()
    if (hash !== '' && request.hash === hash) return writer.tag(3, WireType.Varint).bool(true).finish()
    writer.tag(1, WireType.LengthDelimited).string(content)
    return writer.tag(2, WireType.LengthDelimited).string(hash).finish()
  }

  return server
}

export function problem(status: number, code: string, message: string): Answered {
  return { status, type: 'application/json', body: new TextEncoder().encode(JSON.stringify({ code, message })) }
}

type Fields = ReadonlyMap<number, readonly (Uint8Array | number)[]>

function fieldsOf(bytes: Uint8Array): Fields {
  const fields = new Map<number, (Uint8Array | number)[]>()
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag()
    const value = type === WireType.Varint ? reader.uint32() : reader.bytes()
    fields.set(number, [...(fields.get(number) ?? []), value])
  }
  return fields
}

function inside(fields: Fields, number: number): Fields | undefined {
  const found = fields.get(number)?.[0]
  return found instanceof Uint8Array ? fieldsOf(found) : undefined
}

function textOf(fields: Fields | undefined, number: number): string {
  const found = fields?.get(number)?.[0]
  return found instanceof Uint8Array ? new TextDecoder().decode(found) : ''
}

function decode(body: Uint8Array): Omit<Asked, 'procedure'> {
  const fields = fieldsOf(body)
  const entries = (fields.get(4) ?? []).map((entry) => fieldsOf(entry as Uint8Array))
  const status = inside(fields, 5)
  const file = [6, 1, 1, 2].reduce<Fields | undefined>((at, number) => at && inside(at, number), fields)
  const why = textOf(status, 2)
  return {
    id: textOf(fields, 1),
    name: fields.has(5) || fields.has(6) ? '' : textOf(fields, 3),
    hash: textOf(fields, 3),
    attributes: Object.fromEntries(entries.map((entry) => [textOf(entry, 1), textOf(entry, 2)])),
    status: status && `${STATUSES[Number(status.get(1)?.[0] ?? 0)]}${why === '' ? '' : `: ${why}`}`,
    effective: file && textOf(file, 1),
  }
}
