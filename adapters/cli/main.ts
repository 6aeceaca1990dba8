/**
 * The command line: argv to command to exit code. Owns what people type and read there; what a command does is its own file.
 * Exit codes: 0 done, 1 failed (configuration, port), 2 wrong usage, 130 and 143 when told twice to stop.
 */
import { type Command, EXIT_OK, EXIT_USAGE, type Runtime } from './command.ts'
import { COMMANDS } from './commands.ts'
import { parseFlags } from './flags.ts'
import { findCommand, generalHelp, helpOf, unknownCommand } from './help.ts'

/** `argv` without the program's own name. Resolves to the exit code when everything is over. */
export async function main(argv: readonly string[], runtime: Runtime): Promise<number> {
  const [name, ...rest] = argv
  if (name === undefined) {
    runtime.printError(generalHelp(COMMANDS))
    return EXIT_USAGE
  }
  const command = findCommand(name, COMMANDS)
  if (command !== undefined) return carryOut(command, rest, runtime)
  runtime.printError(unknownCommand(name, COMMANDS))
  return EXIT_USAGE
}

async function carryOut(command: Command, args: readonly string[], runtime: Runtime): Promise<number> {
  if (asksForHelp(args)) {
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

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return (end === -1 ? args : args.slice(0, end)).some((arg) => /^(--?help|-h)$/.test(arg))
}
