/** `skein completion`: a script that teaches a shell the commands and their flags. Which script is each shell's own file. */

import { type Command, EXIT_OK } from './command.ts'
import { bashCompletion } from './completion-bash.ts'
import { fishCompletion } from './completion-fish.ts'
import { zshCompletion } from './completion-zsh.ts'
import { closest } from './suggest.ts'

const SHELLS: Readonly<Record<string, (commands: readonly Command[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
}

/** `commands`: all of them, this one included; asked for when the script is made. */
export function completionCommand(commands: () => readonly Command[]): Command {
  const shells = Object.keys(SHELLS)
  return {
    name: 'completion',
    summary: 'Print a script that completes commands and flags in a shell',
    usage: shells.join('|'),
    about: `Prints a script that makes a shell complete commands, flags, their values and paths when Tab is pressed. It is made
from the same table as the help: print it anew after an update.`,
    examples: [
      ['source <(skein completion bash)', 'in ~/.bashrc'],
      ['skein completion zsh > ~/.zsh/_skein', 'once, into a directory of $fpath; compinit in ~/.zshrc finds it'],
      ['skein completion fish > ~/.config/fish/completions/skein.fish', 'once; from the next fish on'],
    ],
    flags: [],
    operands: shells,
    problems({ positional }) {
      if (positional.length !== 1) return [`name one shell: ${shells.join(', ')}`]
      const [shell] = positional
      if (Object.hasOwn(SHELLS, shell)) return []
      const meant = closest(shell, shells)
      return [`the shell is one of ${shells.join(', ')}, not "${shell}"${meant ? `; did you mean ${meant}?` : ''}`]
    },
    async run({ positional: [shell] }, { print }) {
      print(SHELLS[shell](commands()))
      return EXIT_OK
    },
  }
}
