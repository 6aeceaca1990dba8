/** Completion for zsh, in the words of its own `_arguments`. */
import type { Command } from './command.ts'
import { namedCommands, offeredFlags, quoted, valuesOf } from './completes.ts'
import { aboutOf, type Completes, type Flag } from './flag.ts'

export function zshCompletion(commands: readonly Command[]): string {
  const named = namedCommands(commands)
  const described = named.map(([name, { summary }]) => `    ${quoted(`${name}:${escaped(summary)}`)}\n`)
  const cases = named.map(([name, command]) => {
    const { operands = 'nothing' } = command
    const specs = [
      ...offeredFlags(command).flatMap(specsOf),
      '(- *)--help[Print help]',
      `*:${operands === 'paths' ? 'path' : 'argument'}:${action(operands)}`,
    ]
    return `    ${name}) _arguments \\\n${specs.map((spec) => `      ${quoted(spec)}`).join(' \\\n')} ;;\n`
  })
  return `#compdef skein
# Completion of skein for zsh, made by: skein completion zsh
_skein() {
  local -a commands
  commands=(
${described.join('')}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('')}  esac
}
if [ "$funcstack[1]" = _skein ]; then
  _skein "$@"
else
  compdef _skein skein
fi
`
}

/** `--flag=[what it is]:value:(choices)`; the value of a boolean stands after = or not at all. */
function specsOf(flag: Flag): string[] {
  const about = `[${escaped(aboutOf(flag))}]`
  const value = `value:${action(valuesOf(flag))}`
  const long = `--${flag.name}${flag.kind === 'boolean' ? `=-${about}::` : `=${about}:`}${value}`
  if (flag.short === undefined) return [long]
  return [long, `-${flag.short}${about}${flag.kind === 'boolean' ? '' : `:${value}`}`]
}

function action(completes: Completes): string {
  if (completes === 'nothing') return ' '
  if (completes === 'paths') return '_files'
  return completes === 'directories' ? '_files -/' : `(${completes.join(' ')})`
}

/** Brackets end a description, colons a part. */
function escaped(text: string): string {
  return text.replace(/[\\[\]:]/g, '\\$&')
}
