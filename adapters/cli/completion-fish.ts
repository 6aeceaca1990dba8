/** Completion for fish: one `complete` for each command, flag and kind of operand. */
import type { Command } from './command.ts'
import { namedCommands, offeredFlags, valuesOf } from './completes.ts'
import { aboutOf, type Completes } from './flag.ts'

export function fishCompletion(commands: readonly Command[]): string {
  const named = namedCommands(commands)
  const lines = named.map(
    ([name, { summary }]) => `complete -c skein -n __skein_first -a ${name} -d ${fishQuoted(summary)}`,
  )
  for (const command of commands) {
    const names = [command.name, ...(command.aliases ?? [])]
    const here = `complete -c skein -n ${fishQuoted(`__skein_command ${names.join(' ')}`)}`
    for (const flag of offeredFlags(command)) {
      const short = flag.short === undefined ? '' : ` -s ${flag.short}`
      const value = flag.kind === 'boolean' ? '' : offer(valuesOf(flag))
      lines.push(`${here} -l ${flag.name}${short}${value} -d ${fishQuoted(aboutOf(flag))}`)
    }
    lines.push(`${here} -l help -d 'Print help'`)
    lines.push(...operandsOf(command).map((offered) => `${here}${offered}`))
  }
  return `# Completion of skein for fish, made by: skein completion fish
function __skein_first
    test (count (commandline -opc)) -eq 1
end
function __skein_command
    set -l words (commandline -opc)
    test (count $words) -gt 1; and contains -- $words[2] $argv
end
complete -c skein -f
${lines.join('\n')}
`
}

/** What stands where no flag does. */
function operandsOf({ operands = 'nothing' }: Command): readonly string[] {
  if (operands === 'nothing') return []
  if (operands === 'paths' || operands === 'directories') return [' -F']
  return [` -a ${fishQuoted(operands.join(' '))}`]
}

/** Of a flag that needs a value. Fish's own list of directories stumbles over --flag=, so all paths are offered. */
function offer(completes: Completes): string {
  if (completes === 'nothing') return ' -x'
  if (completes === 'paths' || completes === 'directories') return ' -r -F'
  return ` -x -a ${fishQuoted(completes.join(' '))}`
}

/** Inside fish's single quotes a backslash escapes quotes and itself. */
function fishQuoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
