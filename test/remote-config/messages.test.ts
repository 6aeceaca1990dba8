import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeConfigAnswer,
  encodeConfigRequest,
  encodeRegistration,
  encodeUnregistration,
} from '../../core/remote-config/messages.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

/** As Go's protobuf 1.36.12 writes them (deterministic), from collector.proto of grafana/alloy-remote-config. */
describe('messages are the bytes that Go makes', () => {
  it('to register', () => {
    const localAttributes = { zone: 'b', 'collector.os': 'linux', env: '' }
    // Go writes fields by number: the attributes (4) after the name (3).
    expect(hex(encodeRegistration({ id: 'c-1', name: 'Kö', localAttributes }))).toBe(
      '0a03632d311a034bc3b622150a0c636f6c6c6563746f722e6f7312056c696e757822070a03656e76120022090a047a6f6e65120162',
    )
    expect(hex(encodeUnregistration('c-1'))).toBe('0a03632d31')
  })

  it('to ask for the first time', () => {
    const localAttributes = { 'collector.os': 'linux' }
    const status = { status: 'UNSET', message: '' } as const
    expect(hex(encodeConfigRequest({ id: 'c-1', localAttributes, hash: '', status }))).toBe(
      '0a03632d3122150a0c636f6c6c6563746f722e6f7312056c696e75782a00',
    )
  })

  it('to tell how it went', () => {
    const request = {
      id: 'c-1',
      localAttributes: { a: '1' },
      hash: 'h1',
      status: { status: 'FAILED', message: 'bad\nthing' },
      effectiveConfig: 'logging { }\n',
    } as const
    expect(hex(encodeConfigRequest(request))).toBe(
      '0a03632d311a02683122060a01611201312a0d080312096261640a7468696e6732220a200a1e0a00121a0a0c6c6f6767696e67207b207d0a120a746578742f706c61696e',
    )
  })
})

describe('answers', () => {
  it('are read', () => {
    expect(decodeConfigAnswer(bytes('0a0c6c6f6767696e67207b207d0a12026831'))).toEqual({
      content: 'logging { }\n',
      hash: 'h1',
      notModified: false,
    })
    expect(decodeConfigAnswer(bytes('120268311801'))).toEqual({ content: '', hash: 'h1', notModified: true })
    expect(decodeConfigAnswer(new Uint8Array())).toEqual({ content: '', hash: '', notModified: false })
  })

  it('may have fields of later versions', () => {
    expect(decodeConfigAnswer(bytes('2a0361626318013801')).notModified).toBe(true)
  })

  it.each([
    ['a length beyond the end', '0a0c6c6f67'],
    ['a wire type that does not exist', '0f'],
    ['text that is not UTF-8', '0a02c328'],
    ['an endless number', 'ffffffffffffffffffffffffff'],
    ['HTML', Buffer.from('<html>no</html>').toString('hex')],
  ])('that are none throw: %s', (_, text) => {
    expect(() => decodeConfigAnswer(bytes(text))).toThrow()
  })

  it('of any kind throw or are read, and never hang', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
        try {
          expect(typeof decodeConfigAnswer(input).notModified).toBe('boolean')
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Error)
        }
      }),
    )
    // Groups inside groups without end.
    expect(() => decodeConfigAnswer(new Uint8Array(4 << 20).fill(0x0b))).toThrow()
  })
})
