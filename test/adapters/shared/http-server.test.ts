import net from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type Listen, type Listening, parseListenAddress } from '../../../adapters/shared/listen.ts'

/** Each runtime tests the server that it will use. */
const { listen } = (await ('Deno' in globalThis
  ? import('../../../adapters/deno/http-server.ts')
  : import('../../../adapters/shared/http-server.ts'))) as { listen: Listen }

const open: Listening[] = []
afterEach(async () => {
  for (const listening of open.splice(0)) await listening.close(0)
})

async function serving(handler: (request: Request) => Response | Promise<Response>): Promise<Listening> {
  const listening = await listen(handler, { host: '127.0.0.1', port: 0 })
  open.push(listening)
  return listening
}

describe('the HTTP server', () => {
  it('hands requests to the handler', async () => {
    const { address, port } = await serving(async (request) => {
      const { pathname, search } = new URL(request.url)
      const body = await request.text()
      return new Response(`${request.method} ${pathname}${search} ${body}`, { status: 201, headers: { 'X-A': 'b' } })
    })
    expect(address).toBe(`127.0.0.1:${port}`)
    const response = await fetch(`http://${address}/a/b?c=d`, { method: 'POST', body: 'hello' })
    expect(response.status).toBe(201)
    expect(response.headers.get('x-a')).toBe('b')
    expect(await response.text()).toBe('POST /a/b?c=d hello')
  })

  it('survives a handler that throws', async () => {
    const { address } = await serving(() => {
      throw new Error('on purpose')
    })
    for (let i = 0; i < 2; i++) {
      const response = await fetch(`http://${address}/`)
      await response.arrayBuffer()
      expect(response.status).toBe(500)
    }
  })

  it('says clearly that a port is taken', async () => {
    const { port } = await serving(() => new Response('ok'))
    await expect(listen(() => new Response('ok'), { host: '127.0.0.1', port })).rejects.toThrow(
      `can't listen on 127.0.0.1:${port}: port ${port} is already in use`,
    )
  })

  it('lets requests under way finish when it closes, and takes no new ones', async () => {
    let release = (): void => {}
    let began = (): void => {}
    const started = new Promise<void>((resolve) => {
      began = resolve
    })
    const listening = await serving(async () => {
      began()
      await new Promise<void>((resolve) => {
        release = resolve
      })
      return new Response('done')
    })
    const answer = fetch(`http://${listening.address}/`).then((response) => response.text())
    await started
    const closed = listening.close(5000)
    release()
    expect(await answer).toBe('done')
    await closed
    await expect(fetch(`http://${listening.address}/`)).rejects.toThrow()
  })

  it('does not wait for ever', async () => {
    const listening = await serving(() => new Promise<Response>(() => {}))
    const socket = net.connect(listening.port, '127.0.0.1')
    socket.on('error', () => {})
    await new Promise<void>((resolve) => {
      socket.on('connect', () => socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n', () => resolve()))
    })
    await listening.close(50)
    socket.destroy()
  })
})

describe('listen addresses', () => {
  it.each([
    ['127.0.0.1:12345', { host: '127.0.0.1', port: 12345 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['[::]:80', { host: '::', port: 80 }],
    [':9', { host: '', port: 9 }],
    ['12345', undefined],
    ['::1:80', undefined],
    ['[nope]:80', undefined],
    ['a:65536', undefined],
    ['a:', undefined],
  ])('%s', (text, expected) => {
    expect(parseListenAddress(text)).toEqual(expected)
  })
})
