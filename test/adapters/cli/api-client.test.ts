/** What the commands say when a node doesn't answer, or answers as no node should. */

import { readFileSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { check, diagnosis } from './api-fixtures.ts'
import { type FakeApi, type Outcome, type Respond, serveApi, skein } from './fake-api.ts'

const DOCTOR = '/api/v1/doctor'
const running: FakeApi[] = []
afterEach(async () => {
  for (const api of running.splice(0)) await api.close()
})

async function serve(routes: Readonly<Record<string, unknown>>): Promise<FakeApi> {
  const api = await serveApi(routes)
  running.push(api)
  return api
}

/** What `skein doctor` says to a server like this. ADDRESS stands for its own. */
async function told(routes: Readonly<Record<string, unknown>>, ...flags: string[]): Promise<Outcome> {
  const { address } = await serve(routes)
  const { code, out, err } = await skein(['doctor', `--address=${address}`, ...flags])
  return { code, out, err: err.replaceAll(address, 'ADDRESS') }
}

function answer(status: number, body: string | Uint8Array, headers: Record<string, string> = {}): Respond {
  return (_request, response) => void response.writeHead(status, headers).end(body)
}

describe('no answer', () => {
  it('nobody listens', async () => {
    const api = await serveApi({})
    await api.close()
    const { code, out, err } = await skein(['doctor', '-a', api.address])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toBe(
      `skein doctor: nobody listens at ${api.address} (dial tcp ${api.address}: connect: connection refused): is skein running there? Otherwise name another node with --address\n`,
    )
  })

  it('no such host', async () => {
    const { code, err } = await skein(['doctor', '--address=nowhere.invalid'])
    expect(code).toBe(1)
    expect(err).toContain('there is no host nowhere.invalid (')
  })

  it('too slow', async () => {
    const { code, err } = await told({ [DOCTOR]: () => {} }, '--timeout=50ms')
    expect({ code, err }).toEqual({
      code: 1,
      err: 'skein doctor: ADDRESS gave no answer within 50ms: --timeout waits longer\n',
    })
  })

  it('too long', { timeout: 60_000 }, async () => {
    const piece = Buffer.alloc(1024 * 1024, ' ')
    const endless: Respond = (_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(piece)) {}
        response.once('drain', more)
      }
      more()
    }
    const { code, err } = await told({ [DOCTOR]: endless }, '--timeout=50s')
    expect({ code, err }).toEqual({ code: 1, err: 'skein doctor: the answer of ADDRESS is too long: ask for less\n' })
  })

  it('a file that is not there', async () => {
    const { code, err } = await skein(['doctor', '-a', '127.0.0.1:1', '--bearer-token-file=nowhere'])
    expect(code).toBe(1)
    expect(err).toMatch(/^skein doctor: unable to read [a-z ]+ nowhere: [^\n]+\n$/)
  })

  it('no TLS', async () => {
    const { address } = await serve({ [DOCTOR]: answer(401, 'unauthorized') })
    const { code, err } = await skein(['doctor', `--address=https://${address}`])
    expect(code).toBe(1)
    expect(err).toBe(`skein doctor: https://${address} speaks no TLS: ask it with --address=http://${address}/\n`)
  })

  it('no HTTP at all', async () => {
    const sockets: Socket[] = []
    const server = createServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => {})
      socket.resume()
      socket.end('SSH-2.0-OpenSSH_9.6\r\n')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    try {
      const plain = await skein(['doctor', '-a', address])
      expect(plain.code).toBe(1)
      expect(plain.err).toContain(`${address} speaks no HTTP, or broke off (`)
      expect(plain.err).toContain(`if it wants TLS, --address=https://${address}/`)
      const secure = await skein(['doctor', `--address=https://${address}`])
      expect(secure.code).toBe(1)
      expect(secure.err).toContain(`https://${address} `)
      expect(secure.err).toMatch(/TLS/i)
    } finally {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    }
  })
})

describe('TLS', () => {
  const pem = (name: string): string => readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url), 'utf8')

  it('is trusted by its CA, when told, or not at all', async () => {
    const server = createTlsServer({ key: pem('server-key'), cert: pem('server') }, (_request, response) => {
      response.end(JSON.stringify(diagnosis(check('ok'))))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = `https://localhost:${(server.address() as AddressInfo).port}`
    const files = { ca: pem('ca') }
    try {
      const stranger = await skein(['doctor', '-a', address])
      expect(stranger.code).toBe(1)
      expect(stranger.err).toContain(`no connection to ${address} by TLS (tls: failed to verify certificate: x509: `)
      expect(stranger.err).toContain('--tls-ca-file names the CA of its certificate')
      for (const flag of ['--tls-ca-file=ca', '--tls-insecure-skip-verify']) {
        expect(await skein(['doctor', '-a', address, flag], undefined, files)).toMatchObject({ code: 0, err: '' })
      }
    } finally {
      server.closeAllConnections?.()
      await new Promise((resolve) => server.close(resolve))
    }
  })
})

describe('an answer that says no', () => {
  it.each([
    [[], 'ADDRESS wants to know who asks (401): give --username and --password-file, or --bearer-token-file'],
    [['--username=me', '--password-file=pw'], "ADDRESS doesn't take this name and password (401)"],
    [['--bearer-token-file=pw'], "ADDRESS doesn't take this token (401)"],
  ])('401 for %j', async (flags, message) => {
    const { address } = await serve({ [DOCTOR]: answer(401, 'unauthorized') })
    const { code, err } = await skein(['doctor', '-a', address, ...flags], undefined, { pw: 'secret\n' })
    expect({ code, err }).toEqual({ code: 1, err: `skein doctor: ${message.replace('ADDRESS', address)}\n` })
  })

  it.each([
    [403, 'no \x1b[1mway\nmore', 'ADDRESS refuses (403): no \\u001b[1mway'],
    [403, '', 'ADDRESS refuses (403): nothing'],
    [400, '{"error":"sort is one of a, b"}', 'ADDRESS says: sort is one of a, b'],
    [400, JSON.stringify({ error: `${'x'.repeat(400)}\ny` }), `ADDRESS says: ${'x'.repeat(300)}…`],
    [503, 'starting\n', 'ADDRESS answers 503 Service Unavailable: starting'],
    [500, '<!DOCTYPE html><p>', 'ADDRESS answers 500 Internal Server Error: a page in HTML'],
    [502, 'x'.repeat(400), `ADDRESS answers 502 Bad Gateway: ${'x'.repeat(300)}…`],
  ])('%d %j', async (status, body, message) => {
    const { code, out, err } = await told({ [DOCTOR]: answer(status, body) })
    expect({ code, out, err }).toEqual({ code: 1, out: '', err: `skein doctor: ${message}\n` })
  })
})

describe('an answer of somebody else', () => {
  const page = answer(200, '<!doctype html><title>Alloy</title>', { 'content-type': 'text/html' })
  it.each([
    ['skein is ready.\n', 'the skein at ADDRESS is too old for this question, or too new; this one is 1.2.3'],
    ['Alloy is ready.\n', "Alloy runs at ADDRESS, which can't tell this: ask a node of its cluster that runs skein"],
    [
      'Prometheus Server is Ready.\n',
      "Prometheus Server runs at ADDRESS, which can't tell this: ask a node of its cluster that runs skein",
    ],
    [
      'hello',
      'no skein answers at ADDRESS (it answers 404): look at host, port and path of --address; a proxy before it may want a login',
    ],
  ])('404, and says that %j', async (ready, message) => {
    const { code, err } = await told({ '/-/ready': answer(200, ready) })
    expect({ code, err }).toEqual({ code: 1, err: `skein doctor: ${message}\n` })
  })

  it("Alloy's page for everything", async () => {
    const { code, err } = await told({ [DOCTOR]: page, '/-/ready': answer(200, 'Alloy is ready.\n') })
    expect({ code, err }).toEqual({
      code: 1,
      err: "skein doctor: Alloy runs at ADDRESS, which can't tell this: ask a node of its cluster that runs skein\n",
    })
  })

  it.each([['not json'], [''], ['{"at":']])('a body like %j', async (body) => {
    const { code, err } = await told({ [DOCTOR]: answer(200, body) })
    expect({ code, err }).toEqual({
      code: 1,
      err: 'skein doctor: no skein answers at ADDRESS (its answer is no JSON): look at host, port and path of --address; a proxy before it may want a login\n',
    })
  })

  it('a body that nobody asked to be compressed', async () => {
    const { code, err } = await told({ [DOCTOR]: answer(200, gzipSync('{}'), { 'content-encoding': 'gzip' }) })
    expect(code).toBe(1)
    expect(err).toContain('its answer is no JSON')
  })

  it.each([[null], [[]], [{}], ['text'], [{ ...diagnosis(check('ok')), checks: [{ title: 5 }] }]])(
    'JSON of another shape: %j',
    async (body) => {
      const text = await told({ [DOCTOR]: answer(200, JSON.stringify(body)) })
      const message = 'the answer of ADDRESS has another shape than skein 1.2.3 knows: it may run another version'
      expect(text).toEqual({ code: 1, out: '', err: `skein doctor: ${message}; --json shows it as it is\n` })
      const json = await told({ [DOCTOR]: answer(200, JSON.stringify(body)) }, '--json')
      expect(json).toEqual({
        code: 1,
        out: `${JSON.stringify(body, null, 2)}\n`,
        err: `skein doctor: ${message}\n`,
      })
    },
  )
})

describe('how it asks', () => {
  it('goes to the path of the address, with what the flags give', async () => {
    const seen: (string | undefined)[] = []
    const respond: Respond = (request, response) => {
      seen.push(request.headers.authorization, request.headers['user-agent'])
      response.end(JSON.stringify(diagnosis(check('ok'))))
    }
    const { address, asked } = await serve({ '/ui/api/v1/doctor': respond })
    const flags = ['doctor', `--address=http://${address}/ui`]
    const files = { pw: 'secret\n' }
    expect(await skein([...flags, '--username=me', '--password-file=pw'], undefined, files)).toMatchObject({ code: 0 })
    expect(await skein([...flags, '--bearer-token-file=pw'], undefined, files)).toMatchObject({ code: 0 })
    expect(await skein(['doctor', `--address=http://u:p@${address}/ui/`])).toMatchObject({ code: 0 })
    expect(seen).toEqual([
      `Basic ${btoa('me:secret')}`,
      'skein/1.2.3',
      'Bearer secret',
      'skein/1.2.3',
      `Basic ${btoa('u:p')}`,
      'skein/1.2.3',
    ])
    expect(new Set(asked)).toEqual(new Set(['/ui/api/v1/doctor']))
  })

  it.each([
    [['--password-file=none', '--username=me'], 'none'],
    [['--tls-ca-file=none'], 'unable to read ca_file none'],
  ])('names a file that is not there: %j', async (flags, message) => {
    const { code, err } = await told({}, ...flags)
    expect(code).toBe(1)
    expect(err).toContain(message)
  })

  it.each([
    [['--address=a b'], 'flag --address is host:port'],
    [['--timeout=0s'], 'flag --timeout is a duration such as 10s, more than nothing'],
    [['--timeout=soon'], 'flag --timeout is a duration'],
    [['--password-file=x'], 'needs --username'],
    [['--username=x', '--bearer-token-file=y'], 'exclude each other'],
    [['--tls-cert-file=x'], 'belong together'],
    [['n2'], 'nothing but flags comes after'],
  ])('%j is wrong usage', async (flags, message) => {
    for (const command of ['cluster', 'ring', 'doctor']) {
      const { code, err } = await skein([command, ...flags])
      expect(code).toBe(2)
      expect(err).toContain(message)
    }
  })

  it('tells all problems of the flags at once', async () => {
    const { code, err } = await skein(['targets', '--limit=-1', '--timeout=0', '--health=uo', '--sort=name'])
    expect(code).toBe(2)
    expect(err).toContain('flag --health is one of up, down, unknown')
    const second = await skein(['targets', '--limit=-1', '--timeout=0'])
    expect(second.err).toContain('--limit')
    expect(second.err).toContain('--timeout')
    expect((await skein(['explain'])).err).toContain('say which target')
  })
})
