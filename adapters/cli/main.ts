/**
 * The command line: argv to command to exit code. Owns what people type and read there; everything else is the agent's.
 * Exit codes: 0 done, 1 failed (configuration, port), 2 wrong usage, 130 and 143 when told twice to stop.
 */
import type { Agent, AgentOptions, LoadOutcome } from '../../core/agent.ts'
import { flagProblems, prepareCluster } from '../../core/cluster/settings.ts'
import { messageOf } from '../../core/errors.ts'
import type { Dns, Ports } from '../../core/ports.ts'
import { createLogOutput } from '../../core/telemetry/log-format.ts'
import { type Listen, type Listening, parseListenAddress } from '../shared/listen.ts'
import { clusterFlags } from './cluster-flags.ts'
import { describeFlags, type ParsedFlags, parseFlags, RUN_FLAGS } from './flags.ts'
import { closest } from './suggest.ts'

export type Signal = 'SIGTERM' | 'SIGINT' | 'SIGHUP'

/** Everything the command line needs from the process it runs in. */
export interface Runtime {
  readonly ports: Ports
  readonly listen: Listen
  /** Asks these servers, `ip:port`, instead of those of the system. */
  readonly dnsOf: (servers: readonly string[]) => Dns
  readonly createAgent: (options: AgentOptions, ports: Ports) => Agent
  readonly version: string
  /** To standard output, and to standard error. */
  print(text: string): void
  printError(text: string): void
  onSignal(handle: (signal: Signal) => void): void
  /** At once, whatever is under way. */
  exit(code: number): void
}

const EXIT_OK = 0
const EXIT_FAILED = 1
const EXIT_USAGE = 2
const SIGNAL_EXITS = { SIGINT: 130, SIGTERM: 143 } as const

const COMMANDS: Readonly<Record<string, string>> = {
  run: 'Run the agent with a configuration',
  version: 'Print the version',
  help: 'Print this, or help for a command',
}

/** `argv` without the program's own name. Resolves to the exit code when everything is over. */
export function main(argv: readonly string[], runtime: Runtime): Promise<number> {
  const [command, ...rest] = argv
  switch (command) {
    case 'run':
      return run(rest, runtime)
    case 'version':
    case '--version':
    case '-v':
      return printed(
        `skein ${runtime.version} (${runtime.ports.host.runtime}, ${runtime.ports.host.os}/${runtime.ports.host.arch})\n`,
      )
    case 'help':
    case '--help':
    case '-h':
      return printed(rest[0] === 'run' ? runHelp() : generalHelp())
    case undefined:
      return usage(generalHelp())
    default: {
      const meant = closest(command, Object.keys(COMMANDS))
      const hint = meant === undefined ? '' : `; did you mean ${meant}?`
      return usage(`skein: unknown command "${command}"${hint}\nTry: skein help\n`)
    }
  }

  function printed(text: string): Promise<number> {
    runtime.print(text)
    return Promise.resolve(EXIT_OK)
  }
  function usage(text: string): Promise<number> {
    runtime.printError(text)
    return Promise.resolve(EXIT_USAGE)
  }
}

async function run(args: readonly string[], runtime: Runtime): Promise<number> {
  if (args.some((arg) => arg === '--help' || arg === '-h' || arg === '-help')) {
    runtime.print(runHelp())
    return EXIT_OK
  }
  const parsed = parseFlags(args, RUN_FLAGS)
  const problems = parsed.ok ? usageProblems(parsed) : parsed.problems
  if (!parsed.ok || problems.length > 0) {
    runtime.printError(`${problems.map((problem) => `skein run: ${problem}\n`).join('')}Try: skein help run\n`)
    return EXIT_USAGE
  }
  return runAgent(parsed, runtime)
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

function generalHelp(): string {
  const commands = Object.entries(COMMANDS)
    .map(([name, help]) => `  ${name.padEnd(10)}${help}\n`)
    .join('')
  return `skein: scrapes Prometheus metrics and ships them.\n\nUsage: skein COMMAND\n\n${commands}\nMore: skein help run\n`
}

function runHelp(): string {
  return `Usage: skein run [flags] FILE|DIRECTORY

Runs the agent with a configuration in the Alloy language. SIGHUP loads it again; SIGTERM and SIGINT stop the agent
after everything collected has been sent, a second one at once.

${describeFlags(RUN_FLAGS)}`
}
