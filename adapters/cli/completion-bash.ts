/**
 * Completion for bash, from 3.2 on (that of macOS) and without the package bash-completion. Bash takes `=` for a word of
 * its own: `--flag=val` comes as three words, and only the last one is completed.
 */
import type { Command } from './command.ts'
import { namedCommands, offeredFlags, quoted, valuesOf } from './completes.ts'
import type { Completes } from './flag.ts'

export function bashCompletion(commands: readonly Command[]): string {
  const named = namedCommands(commands)
  const values = named.flatMap(([name, command]) =>
    offeredFlags(command).flatMap((flag) => {
      // `--flag true` is a flag and a path: a boolean's value stands after = only.
      const marks = flag.kind === 'boolean' ? ['='] : ['=', ' ']
      const names = [`--${flag.name}`, ...(flag.short === undefined ? [] : [`-${flag.short}`])]
      const patterns = names.flatMap((flagName) => marks.map((mark) => quoted(`${name} ${flagName}${mark}`)))
      return `    ${patterns.join('|')}) ${offer(valuesOf(flag))}return ;;\n`
    }),
  )
  const flags = named.map(([name, command]) => {
    const words = offeredFlags(command).flatMap(({ name: flag, short, kind }) => [
      `--${flag}${kind === 'boolean' ? '' : '='}`,
      ...(short === undefined ? [] : [`-${short}`]),
    ])
    return `    ${quoted(name)}) ${offer([...words, '--help'])};;\n`
  })
  const operands = named.map(([name, { operands = 'nothing' }]) => `    ${quoted(name)}) ${offer(operands)};;\n`)

  return `# Completion of skein for bash, made by: skein completion bash
_skein_offer() {
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$@" -- "$current")
}
_skein_options() {
  if type compopt >/dev/null 2>&1; then compopt "$@" 2>/dev/null; fi
}
_skein() {
  local IFS=$'\\n' current="\${COMP_WORDS[COMP_CWORD]}" previous='' command="\${COMP_WORDS[1]}" flag='' mark=' '
  COMPREPLY=()
  if [ "$COMP_CWORD" -le 1 ]; then
    ${offer(named.map(([name]) => name))}
    return
  fi
  previous="\${COMP_WORDS[COMP_CWORD-1]}"
  if [ "$current" = '=' ]; then
    flag=$previous mark='=' current=''
  elif [ "$previous" = '=' ]; then
    flag="\${COMP_WORDS[COMP_CWORD-2]}" mark='='
  else
    flag=$previous
  fi
  case "$command $flag$mark" in
${values.join('')}  esac
  case "$current" in
  -*)
    case "$command" in
${flags.join('')}    esac
    if [ "\${#COMPREPLY[@]}" -eq 1 ]; then
      case "\${COMPREPLY[0]}" in *=) _skein_options -o nospace ;; esac
    fi
    return ;;
  esac
  case "$command" in
${operands.join('')}  esac
}
complete -F _skein skein
`
}

/** A command that offers these, with a semicolon; empty for nothing. */
function offer(completes: Completes): string {
  if (completes === 'nothing') return ''
  if (completes === 'paths') return '_skein_options -o filenames; _skein_offer -f; '
  if (completes === 'directories') return '_skein_options -o filenames; _skein_offer -d; '
  return `_skein_offer -W ${quoted(completes.join('\n'))}; `
}
