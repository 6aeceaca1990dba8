/** `skein run`: the agent, from its flags to its end. */
import type { Agent, AgentOptions, LoadOutcome } from '../../core/agent.ts'
import { flagProblems, prepareCluster } from '../../core/cluster/settings.ts'
import { createConfigWatch } from '../../core/config-watch.ts'
import { messageOf } from '../../core/errors.ts'
import { parseGoDuration } from '../../core/syntax/duration.ts'
import { createLogOutput } from '../../core/telemetry/log-format.ts'
import type { Logger } from '../../core/telemetry/logger.ts'
import { createTimers } from '../../core/time/timers.ts'
import { type Listening, parseListenAddress } from '../shared/listen.ts'
import { clusterFlags } from './cluster-flags.ts'
import { paintDiagnostics } from './color.ts'
import { type Command, EXIT_FAILED, EXIT_OK, type Runtime } from './command.ts'
import { conversionOf } from './conversion-flags.ts'
import { type ParsedFlags, RUN_FLAGS } from './flags.ts'
import { configurationProblems } from './operands.ts'

/** Of a process that was told to stop twice. */
const SIGNAL_EXITS = { SIGINT: 130, SIGTERM: 143 } as const

export const runCommand: Command = {
  name: 'run',
  summary: 'Run the agent with a configuration',
  usage: '[flags] FILE|DIRECTORY',
  about: `Runs the agent with a configuration: in the Alloy language, a file or all *.alloy files directly in a
directory; with --config.format, one file of Prometheus or of the agent's static mode, converted whenever it is loaded.

SIGHUP, a GET or POST of /-/reload and, with --config.watch, a change of the files load it again. A configuration that has
any problem changes nothing: the running one stays. SIGTERM and SIGINT stop the agent after everything collected has been
sent; a second one stops it at once, with exit code 143 or 130.`,
  examples: [
    ['skein run config.alloy', 'one node, pages at http://127.0.0.1:12345'],
    [
      'skein run --server.http.listen-addr=0.0.0.0:12345 --config.watch /etc/skein',
      'for a container: reachable from outside, a changed ConfigMap takes effect by itself',
    ],
    [
      'skein run --cluster.enabled --cluster.join-addresses=10.0.0.2,10.0.0.3 config.alloy',
      'a node of a cluster whose nodes share the targets',
    ],
    ['skein run --config.format=prometheus prometheus.yml', 'in place of Prometheus in agent mode'],
  ],
  flags: RUN_FLAGS,
  operands: 'paths',
  problems: usageProblems,
  run: runAgent,
}

function usageProblems({ values, positional }: ParsedFlags): string[] {
  const problems = [...configurationProblems(positional)]
  const address = values.get('server.http.listen-addr') as string
  if (parseListenAddress(address) === undefined) {
    problems.push(
      `flag --server.http.listen-addr is host:port, such as 127.0.0.1:12345 or [::]:12345, not "${address}"`,
    )
  }
  if (shutdownDeadline(values) < 0) {
    problems.push('flag --feature.component-shutdown-deadline is a duration such as 10m, not less than nothing')
  }
  problems.push(...flagProblems(clusterFlags(values)))
  return problems
}

/** In ms. */
function shutdownDeadline(values: ParsedFlags['values']): number {
  const parsed = parseGoDuration(values.get('feature.component-shutdown-deadline') as string)
  return parsed.ok ? parsed.milliseconds : 0
}

/** Said once for each flag that was given, so that nobody relies on it. */
function sayWithoutEffect(given: ParsedFlags['given'], logger: Logger): void {
  for (const { name, noEffect } of RUN_FLAGS) {
    if (noEffect !== undefined && given.has(name))
      logger.info('flag has no effect', { flag: `--${name}`, reason: noEffect })
  }
}

async function runAgent({ values, given, positional }: ParsedFlags, runtime: Runtime): Promise<number> {
  const cluster = clusterFlags(values)
  const { dnsServers } = cluster
  const ports = dnsServers.length === 0 ? runtime.ports : { ...runtime.ports, dns: runtime.dnsOf(dnsServers) }
  const flag = (name: string): string => values.get(name) as string
  const timers = createTimers(ports.clock)
  const log = createLogOutput(
    () => ports.clock.now(),
    (line) => runtime.printError(line),
    { clock: ports.clock, timers },
  )

  const { logger } = log
  sayWithoutEffect(given, logger)

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

  const stopped = stopOnSignal(runtime, () => void reload())
  async function reload(): Promise<void> {
    if (agent !== undefined) report(await agent.reload())
  }
  function report(outcome: LoadOutcome): void {
    if (outcome.ok) return
    runtime.printError(paintDiagnostics(outcome.text, runtime.color))
    logger.error('failed to reload config; the running one stays')
  }

  const watching = new AbortController()
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
        ...conversionOf(values),
        listenAddress: listening.address,
        memoryAddress: flag('server.http.memory-addr'),
        uiPathPrefix: flag('server.http.ui-path-prefix'),
        storagePath: flag('storage.path'),
        stability: flag('stability.level') as AgentOptions['stability'],
        componentShutdownDeadlineMs: shutdownDeadline(values),
        logger,
        onLogging: ({ level, format }) => log.configure(level, format),
        setTls: (tls) => listening.setTls(tls),
        ...(prepared === undefined ? {} : { cluster: prepared.options }),
        pages: runtime.pages,
        version: runtime.version,
      },
      ports,
    )
    const watch =
      flag('config.watch') === 'true'
        ? await createConfigWatch({
            configPath: positional[0],
            files: ports.files,
            clock: ports.clock,
            timers,
            log: logger,
            reload,
          })
        : undefined
    const loaded = await agent.load()
    if (!loaded.ok) {
      runtime.printError(paintDiagnostics(loaded.text, runtime.color))
      await agent.stop()
      return EXIT_FAILED
    }
    agent.start()
    logger.info('now listening for http traffic', { addr: listening.address })
    void watch?.run(watching.signal)
    await stopped
    watching.abort()
    logger.info('shutting down')
    await agent.stop()
    return EXIT_OK
  } catch (error) {
    logger.error('the agent failed', { err: messageOf(error) })
    return EXIT_FAILED
  } finally {
    watching.abort()
    await listening.close()
    log.flush()
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
