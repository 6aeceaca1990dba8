import { describe, expect, it } from 'vitest'
import { withMemoryAddress } from '../../core/http/memory.ts'
import type { HttpRequest } from '../../core/ports.ts'
import { fakePorts } from '../components/fake-ports.ts'

function requestOf(url: string, changes: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', url: new URL(url), headers: [], deadline: 1, maxBodyBytes: 100, ...changes }
}

describe('the address in memory', () => {
  const { ports, requests } = fakePorts()
  const serve = async (request: Request): Promise<Response> => {
    if (request.url.endsWith('/broken')) throw new Error('broken')
    const text = `${request.method} ${request.headers.get('x-a')}`
    return new Response(text, { status: 201, headers: { 'x-b': 'c' } })
  }
  const client = withMemoryAddress(ports.http, 'Inside:80', serve).open({})

  it('is served without a socket, whatever case and port it is written in', async () => {
    const answer = await client.send(requestOf('http://inside/metrics', { headers: [['X-A', 'b']] }))
    if (!answer.ok) throw new Error(answer.message)
    expect([answer.status, answer.header('x-b')]).toEqual([201, 'c'])
    expect(new TextDecoder().decode(answer.body)).toBe('GET b')
    expect(requests).toEqual([])
  })

  it('leaves all others to the clients of the host', async () => {
    const request = requestOf('http://inside:81/x')
    expect(await client.send(request)).toMatchObject({ ok: false, reason: 'refused' })
    expect(requests).toEqual([request])
  })

  it('fails as a client would', async () => {
    expect(await client.send(requestOf('http://inside/metrics', { maxBodyBytes: 4 }))).toMatchObject({
      reason: 'too-large',
    })
    expect(await client.send(requestOf('http://inside/api/v0/component/broken'))).toMatchObject({
      reason: 'protocol',
      message: 'broken',
    })
    const signal = AbortSignal.abort()
    expect(await client.send(requestOf('http://inside/metrics', { signal }))).toMatchObject({ reason: 'aborted' })
  })

  it.each([
    ['GET', '/-/reload'],
    ['POST', '/metrics'],
    ['GET', '/api/v1/targets'],
    ['GET', '/api/v0/component/../../../-/reload'],
    ['GET', '/'],
  ] as const)('has nothing but what may be scraped: not %s %s', async (method, path) => {
    expect(await client.send(requestOf(`http://inside${path}`, { method }))).toMatchObject({
      reason: 'protocol',
      message: expect.stringContaining('only metrics can be had'),
    })
  })
})
