/** `skein run`: the agent, from its flags to its end. */
import type { Agent, AgentOptions, LoadOutcome } from '../../core/agent.ts'
import { flagProblems, prepareCluster } from '../../core/cluster/settings.ts'
import { messageOf } from '../../core/errors.ts'
import { createLogOutput } from '../../core/telemetry/log-format.ts'
import { type Listening, parseListenAddress } from '../shared/listen.ts'
import { clusterFlags } from './cluster-flags.ts'
import { type Command, EXIT_FAILED, EXIT_OK, type Runtime } from './command.ts'
import { type ParsedFlags, RUN_FLAGS } from './flags.ts'

/** Of a process that was told to stop twice. */
const SIGNAL_EXITS = { SIGINT: 130, SIGTERM: 143 } as const

export const runCommand: Command = {
  name: 'run',
  summary: 'Run the agent with a configuration',
  usage: '[flags] FILE|DIRECTORY',
  about: `Runs the agent with a configuration in the Alloy language. SIGHUP loads it again; SIGTERM and SIGINT stop the agent
after everything collected has been sent, a second one at once.`,
  flags: RUN_FLAGS,
  problems: usageProblems,
  run: runAgent,
}

function usageProblems({ values, positional }: ParsedFlags): string[] {
  const problems: string[] = []
  if (positional.length === 0) problems.push('name a configuration file, or a directory of *.alloy files')
  if (positional.length > 1)
    problems.push(`one configuration at a time, not ${positional.length}: ${positional.join(' ')}`)
  const address = values.get('server.http.listen-addr') as string
  if (parseListenAddress(address) === undefined) {
    problems.push(
      `flag --server.http.listen-addr is host:port, such as 127.0.0.1:12345 or [::]:12345, not "${address}"`,
    )
  }
  problems.push(...flagProblems(clusterFlags(values)))
  return problems
}

async function runAgent({ values, positional }: ParsedFlags, runtime: Runtime): Promise<number> {
  const cluster = clusterFlags(values)
  const { dnsServers } = cluster
  const ports = dnsServers.length === 0 ? runtime.ports : { ...runtime.ports, dns: runtime.dnsOf(dnsServers) }
  const flag = (name: string): string => values.get(name) as string
  const log = createLogOutput(
    () => ports.clock.now(),
    (line) => runtime.printError(line),
  )

  const { logger } = log

  let agent: Agent | undefined
  const starting = (): Response => new Response('starting\n', { status: 503 })
  let listening: Listening
  const address = parseListenAddress(flag('server.http.listen-addr')) as { host: string; port: number }
  try {
    listening = await runtime.listen((request, connection) => agent?.fetch(request, connection) ?? starting(), address)
  } catch (error) {
    runtime.printError(`skein run: ${messageOf(error)}\n`)
    return EXIT_FAILED
  }

  const stopped = stopOnSignal(runtime, () => agent?.reload().then(report))
  function report(outcome: LoadOutcome): void {
    if (outcome.ok) return
    runtime.printError(outcome.text)
    logger.error('failed to reload config; the running one stays')
  }

  try {
    const prepared =
      flag('cluster.enabled') === 'true'
        ? await prepareCluster(cluster, { host: address.host, port: listening.port }, ports)
        : undefined
    if (prepared?.ok === false) {
      for (const problem of prepared.problems) runtime.printError(`skein run: ${problem}\n`)
      return EXIT_FAILED
    }
    for (const warning of prepared?.warnings ?? []) logger.warn(warning)
    agent = runtime.createAgent(
      {
        configPath: positional[0],
        listenAddress: listening.address,
        memoryAddress: flag('server.http.memory-addr'),
        uiPathPrefix: flag('server.http.ui-path-prefix'),
        storagePath: flag('storage.path'),
        stability: flag('stability.level') as AgentOptions['stability'],
        logger,
        onLogging: ({ level, format }) => log.configure(level, format),
        setTls: (tls) => listening.setTls(tls),
        ...(prepared === undefined ? {} : { cluster: prepared.options }),
        version: runtime.version,
      },
      ports,
    )
    const loaded = await agent.load()
    if (!loaded.ok) {
      runtime.printError(loaded.text.endsWith('\n') ? loaded.text : `${loaded.text}\n`)
      await agent.stop()
      return EXIT_FAILED
    }
    agent.start()
    logger.info('now listening for http traffic', { addr: listening.address })
    await stopped
    logger.info('shutting down')
    await agent.stop()
    return EXIT_OK
  } catch (error) {
    logger.error('the agent failed', { err: messageOf(error) })
    return EXIT_FAILED
  } finally {
    await listening.close()
  }
}

/**
 * npm and its like pass Ctrl-C on to a process that the terminal has told already: two signals so close together are one
 * wish, and must not cost what is still to be sent.
 */
const ONE_WISH_MS = 200

/** Resolves at the first SIGTERM or SIGINT; the second one ends the process on the spot. */
function stopOnSignal(runtime: Runtime, reload: () => void): Promise<void> {
  const { clock } = runtime.ports
  return new Promise((resolve) => {
    let stoppingSince: number | undefined
    runtime.onSignal((signal) => {
      if (signal === 'SIGHUP') {
        if (stoppingSince === undefined) reload()
      } else if (stoppingSince === undefined) {
        stoppingSince = clock.monotonic()
        resolve()
      } else if (clock.monotonic() - stoppingSince >= ONE_WISH_MS) {
        runtime.exit(SIGNAL_EXITS[signal])
      }
    })
  })
}
