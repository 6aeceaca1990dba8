import { describe, expect, it } from 'vitest'
import { parseFlags, RUN_FLAGS } from '../../../adapters/cli/flags.ts'
import { main } from '../../../adapters/cli/main.ts'
import { setup } from './fake-runtime.ts'

const outcome = async (...argv: string[]) => {
  const { runtime, seen } = setup()
  const code = await main(argv, runtime)
  return { code, ...seen }
}

describe('commands', () => {
  it.each(['version', '--version', '-v'])('prints the version: %s', async (name) => {
    expect(await outcome(name)).toMatchObject({ code: 0, out: 'skein 1.2.3 (test 1, linux/amd64)\n' })
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
    [['run', '--cluster.join-addresses', 'a b', 'a'], 'neither host nor host:port'],
    [['run', '--cluster.join-addresses=x', '--cluster.discover-peers=provider=k8s', 'a'], 'exclude each other'],
    [['run', '--cluster.rejoin-interval=60', 'a'], 'is a duration such as 30s, 1m30s or 0, not "60"'],
    [['run', '--cluster.wait-for-size=three', 'a'], 'is a whole number, not "three"'],
    [['run', '--cluster.max-join-peers=-1', 'a'], 'is 0 for all or a number of peers, not -1'],
    [['run', `--cluster.name=${'x'.repeat(256)}`, 'a'], 'has 256 bytes; it may have 255'],
    [['run', '--feature.component-shutdown-deadline=-1s', 'a'], 'a duration such as 10m, not less than nothing'],
    [['run', '--feature.component-shutdown-deadline=soon', 'a'], 'is a duration such as 30s'],
    [['run', '--server.http.enable-graphql', 'a'], "can't be honoured: there is no GraphQL API"],
    [['run', '--windows.priority=hihg', 'a'], 'did you mean high?'],
    [['run', '--confg.watch', 'a'], 'did you mean --config.watch?'],
    [['version', 'now'], 'nothing comes after version'],
    [['help', 'run', 'fmt'], 'one command at a time'],
  ])('%j is wrong usage', async (argv, message) => {
    const { code, err } = await outcome(...argv)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })

  it('tells all problems of the flags at once', async () => {
    const { err } = await outcome('run', '--zzz', '--yyy', '--windows.priority=x', 'a')
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
      componentShutdownDeadlineMs: 600_000,
      uiPathPrefix: '/',
      version: '1.2.3',
    })
    expect(
      await (await seen.handler?.(new Request('http://a/'), { remoteAddress: undefined, httpVersion: '1' }))?.text(),
    ).toBe('app')
    send('SIGTERM')
    expect(await ended).toBe(0)
  })

  it('joins what is given several times, where a flag is a list', () => {
    const flags = ['--cluster.advertise-interfaces=a,b', '--cluster.advertise-interfaces', 'c', '--storage.path=x']
    const parsed = parseFlags([...flags, '--storage.path=y'], RUN_FLAGS)
    expect(parsed.ok && parsed.values.get('cluster.advertise-interfaces')).toBe('a,b,c')
    expect(parsed.ok && parsed.values.get('storage.path')).toBe('y')
  })

  it('says once which of the given flags have no effect', async () => {
    const { runtime, seen, running, send } = setup()
    const flags = [
      '--disable-reporting',
      '--server.http.enable-pprof=false',
      '--feature.component-shutdown-deadline=90s',
    ]
    const ended = main(['run', ...flags, 'a'], runtime)
    await running
    expect(seen.err.match(/msg="flag has no effect" flag=\S+/g)).toEqual([
      'msg="flag has no effect" flag=--server.http.enable-pprof',
      'msg="flag has no effect" flag=--disable-reporting',
    ])
    expect(seen.err).toContain('reason="skein never reports anything"')
    expect(seen.options?.componentShutdownDeadlineMs).toBe(90_000)
    send('SIGTERM')
    expect(await ended).toBe(0)
  })

  it('starts a node of a cluster, with names from the name servers that were given', async () => {
    const { runtime, seen, running, send } = setup()
    const flags = ['enabled', 'advertise-address=me.test', 'dns-servers=127.0.0.1:8600', 'node-name=n1', 'name=prod']
    const ended = main(['run', ...flags.map((flag) => `--cluster.${flag}`), 'a'], runtime)
    await running
    expect(seen.options?.cluster).toMatchObject({
      nodeName: 'n1',
      clusterName: 'prod',
      address: '10.0.0.7:12345',
      join: { rejoinIntervalMs: 60_000, maxJoinPeers: 5 },
      gate: { minimum: 0, timeoutMs: 0 },
      probeIntervalMs: 1_000,
    })
    expect(seen.err).toContain("the server listens at 127.0.0.1 only, which they can't reach")
    send('SIGTERM')
    expect(await ended).toBe(0)
  })

  it('ends with 1 and all problems when the node can not be started', async () => {
    const { runtime, seen, done } = setup()
    const flags = ['--cluster.enabled', '--cluster.advertise-address=nowhere.test']
    expect(await main(['run', ...flags, 'a'], runtime)).toBe(1)
    expect(seen.err).toContain('skein run: flag --cluster.advertise-address: the name nowhere.test has no address')
    expect(seen.options).toBeUndefined()
    expect(done).toEqual(['close'])
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
    const { runtime, done, seen } = setup({ load: async () => ({ ok: false, text: 'a.alloy:1:1: no\n' }) })
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

  it('sums up what it says again and again, at the latest when it ends', async () => {
    const { runtime, seen, running, send } = setup()
    const ended = main(['run', 'a'], runtime)
    await running
    for (let i = 0; i < 9; i++) seen.options?.logger.error('it broke')
    expect(seen.err.match(/it broke/g)).toHaveLength(5)
    send('SIGTERM')
    await ended
    expect(seen.err).toMatch(/level=error msg="it broke" repeated=4\n$/)
  })
})
