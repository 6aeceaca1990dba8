import { describe, expect, it } from 'vitest'
import type { HttpResponse } from '../../core/ports.ts'
import { type Bodies, createBodies } from '../../core/scrape/bodies.ts'
import { createFetcher, type Fetched } from '../../core/scrape/fetch.ts'
import { codecs } from '../support/codecs.ts'
import { scrapeConfig } from '../support/scrape-config.ts'

const MiB = 1024 * 1024

/** What becomes of a body that a target sends as it is. */
async function fetched(
  sent: Uint8Array,
  bodies: Bodies = createBodies(codecs, 64 * MiB),
): Promise<Fetched & { readonly ok: true }> {
  const answer: HttpResponse = {
    ok: true,
    status: 200,
    statusText: 'OK',
    header: (name) => (name === 'content-type' ? 'text/plain' : undefined),
    body: sent,
  }
  const fetcher = createFetcher({
    config: scrapeConfig(),
    timeout: 1000,
    protocols: scrapeConfig().scrapeProtocols,
    client: { send: async () => answer },
    codecs,
    bodies,
    userAgent: 'test',
  })
  const result = await fetcher.fetch(new URL('http://target/'), 1000, new AbortController().signal)
  if (!result.ok) throw new Error(result.error)
  return result
}

function lines(size: number): Uint8Array {
  return new Uint8Array(size).fill(35).fill(10, size - 1)
}

describe('the body of a scrape', () => {
  it('is a copy in a buffer that goes round when it is small', async () => {
    const sent = lines(1000)
    const bodies = createBodies(codecs, 64 * MiB)
    const { body } = await fetched(sent, bodies)
    expect(body.bytes.buffer === sent.buffer).toBe(false)
    expect(body.bytes.subarray(0, body.length)).toEqual(sent)
    bodies.release(body)
    expect((await fetched(sent, bodies)).body === body).toBe(true)
  })

  it('is what was received when a copy would hold the event loop', async () => {
    const sent = lines(32 * MiB)
    const bodies = createBodies(codecs, 64 * MiB)
    const { body } = await fetched(sent.subarray(MiB), bodies)
    // Compared by hand: a failure would print all of it.
    expect(body.bytes.buffer === sent.buffer).toBe(true)
    expect([body.bytes.byteOffset, body.length, body.view.byteLength]).toEqual([MiB, 31 * MiB, 31 * MiB])
    // So large a buffer is not kept for others.
    bodies.release(body)
    expect(bodies.acquire(30 * MiB) === body).toBe(false)
  })

  it('has room for the newline that is missing, however large it is', async () => {
    const { body } = await fetched(new Uint8Array(9 * MiB).fill(35))
    expect(body.length).toBe(9 * MiB)
    expect(body.bytes.length).toBeGreaterThan(body.length)
  })
})
