import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Answer, answer, header } from '../fake-ports.ts'
import { createWorld, type World } from '../world.ts'

let world: World
beforeEach(() => {
  world = createWorld()
})
afterEach(() => world.stop())

const content = (): unknown => world.exported('remote.http.a', 'content')
const health = (): unknown => world.graph.component('remote.http.a')?.health

describe('remote.http', () => {
  it('exports what the server answers, trimmed, and asks again', async () => {
    let text = '  one\n'
    world.hosts.set('host', () => answer(text))
    await world.load('remote.http "a" {\n url = "http://host/x"\n}')
    await world.clock.settle()
    expect(content()).toBe('one')
    expect(health()).toMatchObject({ state: 'healthy' })
    text = 'two'
    await world.clock.advance(59_999)
    expect(content()).toBe('one')
    await world.clock.advance(1)
    expect(content()).toBe('two')
    const [request] = world.requests
    expect(request.method).toBe('GET')
    expect(request.body).toBeUndefined()
    expect(header(request, 'User-Agent')).toBe('skein/test')
    expect(world.requests).toHaveLength(2)
  })

  it('sends method, headers, body and credentials as told', async () => {
    world.hosts.set('host', () => answer('ok'))
    await world.load(`remote.http "a" {
      url     = "http://host/x"
      method  = "POST"
      body    = "please"
      headers = { "User-Agent" = "me", "X-Key" = "1" }
      client {
        basic_auth {
          username = "u"
          password = "p"
        }
      }
    }`)
    await world.clock.settle()
    const [request] = world.requests
    expect(request.method).toBe('POST')
    expect(new TextDecoder().decode(request.body)).toBe('please')
    expect(request.headers).toEqual([
      ['User-Agent', 'me'],
      ['X-Key', '1'],
      ['Authorization', 'Basic dTpw'],
    ])
  })

  it('keeps the last content when the server fails, and says so once', async () => {
    world.hosts.set('host', () => answer('one'))
    await world.load('remote.http "a" {\n url = "http://host/"\n}')
    await world.clock.settle()
    world.hosts.set('host', () => answer('gone', {}, 404))
    await world.clock.advance(120_000)
    expect(content()).toBe('one')
    expect(health()).toMatchObject({ state: 'unhealthy', message: 'polling failed: unexpected status code 404' })
    world.hosts.delete('host')
    await world.clock.advance(60_000)
    expect(health()).toMatchObject({ message: 'polling failed: performing request: connect host: refused' })
    expect(world.log.messages().filter((line) => line.startsWith('polling failed'))).toHaveLength(2)
    world.hosts.set('host', () => answer('two'))
    await world.clock.advance(60_000)
    expect(content()).toBe('two')
    expect(health()).toMatchObject({ state: 'healthy' })
  })

  it('asks at once with other arguments, and forgets the answer to the old ones', async () => {
    world.hosts.set('old', () => answer('first'))
    world.hosts.set('new', () => answer('new'))
    await world.load('remote.http "a" {\n url = "http://old/"\n}')
    let late = (): void => {}
    const pending = new Promise<Answer>((resolve) => {
      late = () => resolve(answer('old'))
    })
    world.hosts.set('old', () => pending)
    await world.clock.advance(60_000)
    expect(world.requests).toHaveLength(2)
    await world.load('remote.http "a" {\n url = "http://new/"\n}')
    late()
    await world.clock.settle()
    expect(content()).toBe('new')
    expect(world.requests.map(({ url }) => url.host)).toEqual(['old', 'old', 'new'])
    expect(world.requests[1].signal?.aborted).toBe(true)
  })

  it('never shows what is a secret', async () => {
    world.hosts.set('host', () => answer('hidden'))
    await world.load('remote.http "a" {\n url = "http://host/"\n}')
    await world.clock.settle()
    expect(content()).toBe('hidden')
    world.hosts.clear()
    await world.load('remote.http "a" {\n url = "http://host/"\n is_secret = true\n}')
    await world.clock.settle()
    expect(content()).toBe('(secret)')
  })

  it.each([
    ['url = "http://host/"\n poll_frequency = "0s"', 'poll_frequency must be greater than 0'],
    ['url = "http://host/"\n poll_timeout = "0s"', 'poll_timeout must be greater than 0'],
    ['url = "http://host/"\n poll_timeout = "1m"', 'poll_timeout must be less than poll_frequency'],
    ['url = "http://me:hidden@"', 'url must be an http or https URL'],
    ['url = "http://host/"\n headers = { "Content-Length" = "1" }', 'setting header "Content-Length" is not allowed'],
    ['url = "http://host/"\n method = "PUT"', 'PUT'],
    [
      'url = "http://host/"\n client {\n bearer_token = "a"\n bearer_token_file = "b"\n }',
      'at most one of bearer_token',
    ],
  ])('refuses %s', async (body, problem) => {
    const problems = (await world.problems(`remote.http "a" {\n ${body}\n}`)).join('\n')
    expect(problems).toContain(problem)
    expect(problems).not.toContain('hidden')
  })

  it('lets nothing that depends on it begin without its content', async () => {
    const text = `
      remote.http "a" {
        url = "http://me:hidden@host/"
      }
      discovery.relabel "b" {
        targets = [{ "__address__" = remote.http.a.content }]
      }
    `
    const problems = (await world.problems(text)).join('\n')
    expect(problems).toContain('polling failed: performing request: connect host: refused')
    expect(problems).not.toContain('hidden')
    world.hosts.set('host', () => answer('a:1\n'))
    expect(await world.load(text)).toMatchObject({ ok: true })
    expect(world.exported('discovery.relabel.b', 'output')).toEqual([{ __address__: 'a:1' }])
    await world.clock.advance(59_000)
    expect(world.requests).toHaveLength(2)
    await world.clock.advance(1_000)
    expect(world.requests).toHaveLength(3)
  })
})
