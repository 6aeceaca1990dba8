/** Whatever strangers send to a live node: it goes on answering, keeps its peers, and takes new ones. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterEach, expect, it } from 'vitest'
import type { HttpClient } from '../../../core/ports.ts'
import { peerClients } from '../../adapters/shared/this-runtime.ts'
import { startAgent, stopEverything, type TestAgent, untilAgreed } from './agents.ts'

afterEach(stopEverything)

/** Everything in the vectors that looks like bytes: a good place to start from. */
function seeds(): readonly Uint8Array[] {
  const found = new Set<string>()
  const visit = (value: unknown): void => {
    if (typeof value === 'string' && value.length >= 4 && value.length % 2 === 0 && /^[0-9a-f]+$/.test(value))
      found.add(value)
    else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) visit(part)
  }
  for (const name of ['messages', 'lzw', 'ckit_states']) {
    visit(JSON.parse(readFileSync(new URL(`../../fixtures/cluster/${name}.json`, import.meta.url), 'utf8')))
  }
  return [...found].map((hex) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)))
}

function frame(payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(3 + payload.length)
  out.set([0xcc, payload.length >> 8, payload.length & 0xff])
  out.set(payload, 3)
  return out
}

const known = seeds().filter(({ length }) => length < 60_000)

/** A known message with some bytes changed, cut or repeated. */
const mutated = fc
  .tuple(
    fc.constantFrom(...known),
    fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.integer({ min: 0, max: 255 })), {
      maxLength: 4,
    }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  .map(([bytes, changes, keep]) => {
    const out = bytes.slice(0, keep > 0.7 ? bytes.length : Math.ceil(bytes.length * keep))
    for (const [place, byte] of changes) if (out.length > 0) out[Math.floor(place * out.length)] = byte
    return out
  })

const body = fc.oneof(
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }) },
  { weight: 5, arbitrary: mutated.map(frame) },
  { weight: 1, arbitrary: fc.tuple(mutated, mutated).map(([a, b]) => Uint8Array.from([...frame(a), ...frame(b)])) },
  // Headers that promise more than there is, up to 4 GiB.
  {
    weight: 1,
    arbitrary: fc
      .constantFrom([0xcc, 0xff, 0xff], [0xcd, 0xff, 0xff, 0xff, 0xff, 1, 2], [0xcc, 0, 0])
      .map((b) => Uint8Array.from(b)),
  },
)

function post(client: HttpClient, agent: TestAgent, path: string, bytes: Uint8Array, ms = 3_000) {
  return client.send({
    method: 'POST',
    url: new URL(`http://${agent.address}/api/v1/ckit/transport/${path}`),
    headers: [['content-type', 'application/x.ckit']],
    body: bytes,
    deadline: performance.now() + ms,
    maxBodyBytes: 1 << 20,
  })
}

it('survives malformed frames', async () => {
  expect(known.length).toBeGreaterThan(10)
  const a = await startAgent({ name: 'a' })
  const b = await startAgent({ name: 'b', flags: [`join-addresses=${a.address}`] })
  await untilAgreed([a, b])
  const client = peerClients.open({ connectTimeoutMs: 1_000 })
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('message', 'stream'), body), { minLength: 8, maxLength: 8 }),
        async (batch) => {
          const answers = await Promise.all(batch.map(([path, bytes]) => post(client, a, path, bytes)))
          for (const answer of answers) {
            expect(answer).toMatchObject({ ok: true })
            if (answer.ok) expect([200, 400]).toContain(answer.status)
          }
          expect((await a.get('/-/ready')).status).toBe(200)
        },
      ),
      { numRuns: 60 },
    )
  } finally {
    client.close()
  }
  // Mutated messages may well have named nodes that don't exist; those who do must find each other.
  const c = await startAgent({ name: 'c', flags: [`join-addresses=${a.address}`] })
  for (const one of [a, b, c]) {
    expect(await one.metric('cluster_node_malformed_packets_total{')).toSatisfy((value) => one !== a || value > 0)
  }
  const real = ['a', 'b', 'c']
  const from = performance.now()
  for (;;) {
    const seen = await Promise.all(
      [a, b, c].map(async (one) => (await one.participants()).filter((name) => real.includes(name))),
    )
    if (seen.every((names) => names.join() === real.join())) break
    if (performance.now() - from > 8_000) expect(seen).toEqual([real, real, real])
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}, 30_000)

it('refuses what is too large, and goes on', async () => {
  const a = await startAgent({ name: 'a' })
  const client = peerClients.open({ connectTimeoutMs: 1_000 })
  try {
    const huge = new Uint8Array(3 * 1024 * 1024)
    huge.set([0xcd, 0xff, 0xff, 0xff, 0xff])
    for (const path of ['message', 'stream']) {
      const answer = await post(client, a, path, huge, 5_000)
      // The stream's headers are out before anything is read; what is wrong is said in the body, or the connection is given up.
      if (answer.ok && path === 'message') expect(answer.status).toBe(400)
    }
    const fine = await post(client, a, 'message', new Uint8Array(0))
    expect(fine).toMatchObject({ ok: true, status: 200 })
    expect((await a.get('/-/ready')).status).toBe(200)
  } finally {
    client.close()
  }
})
