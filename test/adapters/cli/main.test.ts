import { describe, expect, it } from 'vitest'
import { main, type Runtime, type Signal } from '../../../adapters/cli/main.ts'
import type { FetchHandler } from '../../../adapters/shared/listen.ts'
import type { Agent, AgentOptions } from '../../../core/agent.ts'
import { CodedError } from '../../../core/errors.ts'
import type { Ports } from '../../../core/ports.ts'

function setup(behaviour: Partial<Agent> = {}) {
  const done: string[] = []
  const seen = {
    out: '',
    err: '',
    options: undefined as AgentOptions | undefined,
    handler: undefined as FetchHandler | undefined,
  }
  let signal: (signal: Signal) => void = () => {}
  let started = (): void => {}
  const running = new Promise<void>((resolve) => {
    started = resolve
  })
  const time = { now: 0 }
  const agent: Agent = {
    load: async () => ({ ok: true }),
    reload: async () => {
      done.push('reload')
      return { ok: true }
    },
    fetch: () => new Response('app'),
    start() {
      done.push('start')
      started()
    },
    async stop() {
      done.push('stop')
    },
    ...behaviour,
  }
  const runtime: Runtime = {
    ports: {
      clock: { now: () => 0, monotonic: () => time.now },
      host: { runtime: 'test 1', os: 'linux', arch: 'amd64' },
    } as unknown as Ports,
    version: '1.2.3',
    async listen(handler, { host, port }) {
      if (port === 1) throw new CodedError('config', "can't listen on it")
      seen.handler = handler
      return { address: `${host}:${port}`, port, setTls: async () => {}, close: async () => void done.push('close') }
    },
    createAgent(options) {
      seen.options = options
      return agent
    },
    print: (text) => {
      seen.out += text
    },
    printError: (text) => {
      seen.err += text
    },
    onSignal(handle) {
      signal = handle
    },
    exit: (code) => void done.push(`exit ${code}`),
  }
  return { runtime, seen, done, running, time, send: (name: Signal) => signal(name) }
}

const outcome = async (...argv: string[]) => {
  const { runtime, seen } = setup()
  const code = await main(argv, runtime)
  return { code, ...seen }
}

describe('commands', () => {
  it('prints version and help', async () => {
    expect(await outcome('version')).toMatchObject({ code: 0, out: 'skein 1.2.3 (test 1, linux/amd64)\n' })
    expect((await outcome('help')).out).toContain('run ')
    const help = await outcome('run', '--help')
    expect(help.code).toBe(0)
    expect(help.out).toMatch(/--server\.http\.listen-addr=VALUE .*\(default 127\.0\.0\.1:12345\)/)
    expect(help.out).not.toContain('--cluster')
    expect((await outcome('help', 'run')).out).toBe(help.out)
  })

  it.each([
    [[], 'Usage: skein COMMAND'],
    [['rum'], 'unknown command "rum"; did you mean run?'],
    [['frobnicate'], 'unknown command "frobnicate"\n'],
    [['run'], 'name a configuration file'],
    [['run', 'a', 'b'], 'one configuration at a time'],
    [['run', '--storag.path=x', 'a'], 'unknown flag --storag.path; did you mean --storage.path?'],
    [['run', '--listen-addr=x', 'a'], 'did you mean --server.http.listen-addr?'],
    [['run', '--zzz', 'a'], 'unknown flag --zzz\n'],
    [['run', 'a', '--storage.path'], 'flag --storage.path needs a value'],
    [['run', '--stability.level=experimentl', 'a'], 'did you mean experimental?'],
    [['run', '--disable-reporting=maybe', 'a'], 'is true or false'],
    [['run', '--server.http.listen-addr=12345', 'a'], 'is host:port'],
    [['run', '--cluster.enabled', 'a'], 'clustering between nodes comes in the next version'],
    [['run', '--cluster.join-addresses', 'x', 'a'], 'clustering between nodes comes in the next version'],
    [['run', '--config.format=prometheus', 'a'], 'alloy format only'],
  ])('%j is wrong usage', async (argv, message) => {
    const { code, err } = await outcome(...argv)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })

  it('tells all problems of the flags at once', async () => {
    const { err } = await outcome('run', '--zzz', '--yyy', '--config.format=x', 'a')
    expect(err.match(/skein run: /g)).toHaveLength(3)
  })
})

describe('run', () => {
  it('takes flags in every form and passes them on', async () => {
    const { runtime, seen, running, send } = setup()
    const ended = main(
      [
        'run',
        '--server.http.listen-addr=127.0.0.1:9',
        '-storage.path',
        'there',
        '--disable-reporting',
        '--cluster.enabled=false',
        '--stability.level',
        'experimental',
        '--',
        '--odd',
      ],
      runtime,
    )
    await running
    expect(seen.options).toMatchObject({
      configPath: '--odd',
      listenAddress: '127.0.0.1:9',
      storagePath: 'there',
      stability: 'experimental',
      uiPathPrefix: '/',
      version: '1.2.3',
    })
    expect(
      await (await seen.handler?.(new Request('http://a/'), { remoteAddress: undefined, httpVersion: '1' }))?.text(),
    ).toBe('app')
    send('SIGTERM')
    expect(await ended).toBe(0)
  })

  it('stops cleanly on the first signal, reloads on SIGHUP', async () => {
    const { runtime, done, running, send } = setup()
    const ended = main(['run', 'a'], runtime)
    await running
    send('SIGHUP')
    send('SIGINT')
    expect(await ended).toBe(0)
    expect(done).toEqual(['start', 'reload', 'stop', 'close'])
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('leaves at once on a second %s', async (name, code) => {
    const { runtime, done, running, time, send } = setup({ stop: () => new Promise(() => {}) })
    void main(['run', 'a'], runtime)
    await running
    send(name)
    send('SIGHUP')
    // Passed on by npm, say: the same wish once more.
    send(name)
    expect(done).toEqual(['start'])
    time.now += 200
    send(name)
    expect(done).toEqual(['start', `exit ${code}`])
  })

  it('prints why a configuration does not load, and fails', async () => {
    const { runtime, done, seen } = setup({ load: async () => ({ ok: false, text: 'a.alloy:1:1: no' }) })
    expect(await main(['run', 'a'], runtime)).toBe(1)
    expect(seen.err).toBe('a.alloy:1:1: no\n')
    expect(done).toEqual(['stop', 'close'])
  })

  it('keeps running when a reload fails', async () => {
    const { runtime, seen, running, send } = setup({ reload: async () => ({ ok: false, text: 'bad\n' }) })
    const ended = main(['run', 'a'], runtime)
    await running
    send('SIGHUP')
    await Promise.resolve().then(() => {})
    expect(seen.err).toContain('bad\n')
    expect(seen.err).toContain('level=error msg="failed to reload config')
    send('SIGTERM')
    expect(await ended).toBe(0)
  })

  it('fails when it can not listen, or the agent throws', async () => {
    const first = setup()
    expect(await main(['run', '--server.http.listen-addr=127.0.0.1:1', 'a'], first.runtime)).toBe(1)
    expect(first.seen.err).toBe("skein run: can't listen on it\n")
    const second = setup({ load: () => Promise.reject(new Error('boom')) })
    expect(await main(['run', 'a'], second.runtime)).toBe(1)
    expect(second.seen.err).toContain('err=boom')
    expect(second.done).toEqual(['close'])
  })

  it('shows the log settings of the configuration at work', async () => {
    const { runtime, seen, running, send } = setup()
    const ended = main(['run', 'a'], runtime)
    await running
    seen.options?.onLogging?.({ level: 'error', format: 'json' })
    seen.err = ''
    seen.options?.logger.info('not shown')
    seen.options?.logger.error('shown')
    expect(JSON.parse(seen.err)).toMatchObject({ level: 'error', msg: 'shown' })
    send('SIGTERM')
    await ended
  })
})
