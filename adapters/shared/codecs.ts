/** Codecs of ports.ts on node:zlib. */
import zlib from 'node:zlib'
import type { Codecs } from '../../core/ports.ts'
import { createGunzipInto, gzipError, isTooLarge } from './gunzip-into.ts'

/** Each chunk is one trip to the thread pool and back. */
const CHUNK_BYTES = 1024 * 1024

export function createCodecs(): Codecs {
  return { gunzipInto: createGunzipInto(), gunzip, gzip }
}

function gunzip(input: Uint8Array, limit: number): Promise<Uint8Array | undefined> {
  if (input.length === 0) return Promise.reject(gzipError('unexpected end of file'))
  return new Promise((resolve, reject) => {
    const chunkSize = Math.min(CHUNK_BYTES, Math.max(64, limit + 1))
    // `info` shows how much of the input was used: zero bytes behind the last member are skipped in silence.
    zlib.gunzip(input, { chunkSize, maxOutputLength: Math.max(1, limit), info: true }, (error, result) => {
      if (isTooLarge(error)) resolve(undefined)
      else if (error) reject(gzipError(error.message))
      else {
        const { buffer, engine } = result as unknown as { buffer: Uint8Array; engine: { bytesWritten: number } }
        if (engine.bytesWritten < input.length) reject(gzipError('incorrect header check'))
        else resolve(buffer.length > limit ? undefined : buffer)
      }
    })
  })
}

function gzip(input: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    zlib.gzip(input, (error, output) => (error === null ? resolve(output) : reject(gzipError(error.message))))
  })
}
