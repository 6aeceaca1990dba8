/**
 * What `--help` says: of a command what it does, its flags with their defaults in groups, and lines to copy; of all
 * commands a list. Owns the layout, which fits a terminal of 96 columns.
 */
import { type Command, EXIT_OK, EXIT_USAGE } from './command.ts'
import { aboutOf, type Flag, stateOf } from './flag.ts'
import { beside, filled } from './layout.ts'
import { closest } from './suggest.ts'

/** Where the text beside flags and commands begins. Longer flags have a line of their own. */
const FLAG_COLUMN = 34
const COMMAND_COLUMN = 14

/** Headings by the first part of a flag's name, in their order; what no line names belongs to the first. */
const GROUPS: readonly (readonly [heading: string, firstParts: readonly string[]])[] = [
  ['Flags', []],
  ['Configuration and components', ['config', 'stability', 'feature', 'storage']],
  ['HTTP server', ['server']],
  ['Cluster', ['cluster']],
]
const NO_EFFECT = "Alloy's, accepted without effect"

/** Commands of Alloy's that skein hasn't, and why. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  gql: 'there is no GraphQL API; the same facts are in the JSON API under /api/v0/web',
  otel: "Alloy's engine for OpenTelemetry is no part of skein",
  tools: 'there is no write-ahead log to look into',
}

export function helpCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'help',
    spellings: ['--help', '-h'],
    summary: 'Print this, or help for a command',
    usage: '[COMMAND]',
    about: 'Prints the list of commands, or what one of them does and which flags it takes.',
    examples: [['skein help run', 'the same as skein run --help']],
    flags: [],
    get operands() {
      return commands().map(({ name }) => name)
    },
    problems: ({ positional }) => (positional.length > 1 ? ['one command at a time'] : []),
    async run({ positional: [name] }, { print, printError }) {
      const command = name === undefined ? undefined : findCommand(name, commands())
      if (name === undefined) print(generalHelp(commands()))
      else if (command !== undefined) print(helpOf(command))
      else printError(unknownCommand(name, commands()))
      return name === undefined || command !== undefined ? EXIT_OK : EXIT_USAGE
    },
  }
}

export function findCommand(name: string, commands: readonly Command[]): Command | undefined {
  return commands.find((command) => namesOf(command).includes(name) || command.spellings?.includes(name))
}

function namesOf({ name, aliases }: Command): readonly string[] {
  return [name, ...(aliases ?? [])]
}

/** The complaint, with the command that was probably meant. */
export function unknownCommand(name: string, commands: readonly Command[]): string {
  const reason = Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined
  const meant = closest(name, commands.flatMap(namesOf))
  const hint = reason !== undefined ? `: ${reason}` : meant === undefined ? '' : `; did you mean ${meant}?`
  return `skein: unknown command "${name}"${hint}\nTry: skein help\n`
}

export function generalHelp(commands: readonly Command[]): string {
  const list = commands.map((command) =>
    beside(`  ${command.name}`, COMMAND_COLUMN, [command.summary, ...(command.aliases ?? [])].join(', also: ')),
  )
  return `skein: scrapes Prometheus metrics and ships them. Its nodes share the work by themselves.

Usage: skein COMMAND [flags] …

Commands:
${list.join('')}
A configuration's way:
  skein validate config.alloy   says everything that is wrong with it, each with its place
  skein run config.alloy        runs it; SIGHUP loads it again

Of nodes that run:
  skein doctor                  says what is wrong with their cluster, and what to do
  skein explain 10.0.0.7        says who scrapes a target, why, and how it got its labels

Exit codes: 0 done, 1 failed (a configuration, a file, a port, no answer), 2 wrong usage.
Colours are for terminals only; NO_COLOR=1, FORCE_COLOR=0 or TERM=dumb turns them off.
More: skein help COMMAND
`
}

export function helpOf({ name, aliases, usage, about, examples, flags }: Command): string {
  const also = aliases === undefined ? '' : `Also: skein ${aliases.join(', skein ')}\n`
  const paragraphs = about.split(/\n\s*\n/).map((text) => `${filled(text, 0)}\n`)
  return [
    `Usage: ${`skein ${name} ${usage}`.trimEnd()}\n${also}`,
    ...paragraphs,
    ...describeFlags(flags),
    ...(examples === undefined ? [] : [`Examples:\n${examples.map(shownExample).join('')}`]),
    'Exit codes: 0 done, 1 failed, 2 wrong usage.\n',
  ].join('\n')
}

function shownExample([line, does]: readonly [string, string]): string {
  return `  ${line}\n      ${filled(does, 6)}\n`
}

/** A section for each group; flags whose default can't be changed are left out. */
function describeFlags(flags: readonly Flag[]): string[] {
  const sections = new Map<string, string>([...GROUPS.map(([heading]) => [heading, ''] as const), [NO_EFFECT, '']])
  for (const flag of flags) {
    if (stateOf(flag) === 'refused') continue
    const heading = stateOf(flag) === 'works' ? headingOf(flag.name) : NO_EFFECT
    sections.set(heading, `${sections.get(heading)}${described(flag)}`)
  }
  return [...sections].filter(([, lines]) => lines !== '').map(([heading, lines]) => `${heading}:\n${lines}`)
}

function headingOf(name: string): string {
  const first = name.split('.')[0]
  const [heading] = GROUPS.find(([, firstParts]) => name.includes('.') && firstParts.includes(first)) ?? GROUPS[0]
  return heading
}

function described(flag: Flag): string {
  const { name, short, kind, fallback, help, noEffect } = flag
  const letter = short === undefined ? '' : `-${short}, `
  const shown = fallback === '' || (kind === 'boolean' && fallback === 'false') ? '' : ` (default ${fallback})`
  // The heading says already that it has no effect.
  const about = noEffect === undefined ? aboutOf(flag) : `${help}; ${noEffect}`
  return beside(`  ${letter}--${name}${placeholder(flag)}`, FLAG_COLUMN, `${about}${shown}`)
}

function placeholder({ kind, value }: Flag): string {
  if (kind === 'boolean') return ''
  return `=${value ?? { text: 'TEXT', duration: 'DURATION', integer: 'NUMBER' }[kind]}`
}
