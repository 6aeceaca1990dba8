/**
 * The command line: argv to command to exit code. Owns what people type and read there; what a command does is its own file.
 * Exit codes: 0 done, 1 failed (configuration, port), 2 wrong usage, 130 and 143 when told twice to stop.
 */
import { type Command, EXIT_OK, EXIT_USAGE, type Runtime } from './command.ts'
import { describeFlags, parseFlags } from './flags.ts'
import { fmtCommand } from './fmt.ts'
import { runCommand } from './run.ts'
import { closest } from './suggest.ts'

const COMMANDS: readonly Command[] = [runCommand, fmtCommand]

/** Those that take no flags. */
const PLAIN: Readonly<Record<string, string>> = {
  version: 'Print the version',
  help: 'Print this, or help for a command',
}

const BY_NAME: ReadonlyMap<string, Command> = new Map(
  COMMANDS.flatMap((command) => [command.name, ...(command.aliases ?? [])].map((name) => [name, command] as const)),
)

/** `argv` without the program's own name. Resolves to the exit code when everything is over. */
export async function main(argv: readonly string[], runtime: Runtime): Promise<number> {
  const [name, ...rest] = argv
  switch (name) {
    case 'version':
    case '--version':
    case '-v': {
      const { runtime: host, os, arch } = runtime.ports.host
      runtime.print(`skein ${runtime.version} (${host}, ${os}/${arch})\n`)
      return EXIT_OK
    }
    case 'help':
    case '--help':
    case '-h':
      return help(rest[0], runtime)
    case undefined:
      runtime.printError(generalHelp())
      return EXIT_USAGE
    default: {
      const command = BY_NAME.get(name)
      return command === undefined ? unknown(name, runtime) : carryOut(command, rest, runtime)
    }
  }
}

function unknown(name: string, runtime: Runtime): number {
  const meant = closest(name, [...BY_NAME.keys(), ...Object.keys(PLAIN)])
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`
  runtime.printError(`skein: unknown command "${name}"${hint}\nTry: skein help\n`)
  return EXIT_USAGE
}

async function carryOut(command: Command, args: readonly string[], runtime: Runtime): Promise<number> {
  if (args.some((arg) => arg === '--help' || arg === '-h' || arg === '-help')) {
    runtime.print(helpOf(command))
    return EXIT_OK
  }
  const { name } = command
  const given = parseFlags(args, command.flags)
  const problems = given.ok ? command.problems(given) : given.problems
  if (!given.ok || problems.length > 0) {
    const lines = problems.map((problem) => `skein ${name}: ${problem}\n`)
    runtime.printError(`${lines.join('')}Try: skein help ${name}\n`)
    return EXIT_USAGE
  }
  return command.run(given, runtime)
}

function help(name: string | undefined, runtime: Runtime): number {
  const command = name === undefined ? undefined : BY_NAME.get(name)
  if (name !== undefined && command === undefined && PLAIN[name] === undefined) return unknown(name, runtime)
  runtime.print(command === undefined ? generalHelp() : helpOf(command))
  return EXIT_OK
}

function generalHelp(): string {
  const summaries = [...COMMANDS.map(({ name, summary }) => [name, summary]), ...Object.entries(PLAIN)]
  const list = summaries.map(([name, summary]) => `  ${name.padEnd(10)}${summary}\n`).join('')
  return `skein: scrapes Prometheus metrics and ships them.\n\nUsage: skein COMMAND\n\n${list}\nMore: skein help COMMAND\n`
}

function helpOf({ name, usage, about, flags }: Command): string {
  return `Usage: skein ${name} ${usage}\n\n${about}\n\n${describeFlags(flags)}`
}
