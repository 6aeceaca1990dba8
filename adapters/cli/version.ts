/** `skein version`. */
import { type Command, EXIT_OK } from './command.ts'

export const versionCommand: Command = {
  name: 'version',
  spellings: ['--version', '-v'],
  summary: 'Print the version',
  usage: '',
  about: 'Prints the version of skein, the runtime it runs on, and the platform.',
  examples: [['skein version', 'such as: skein 1.2.3 (node 24.1.0, linux/amd64)']],
  flags: [],
  problems: ({ positional }) =>
    positional.length === 0 ? [] : [`nothing comes after version, not "${positional[0]}"`],
  async run(_given, { ports, print, version }) {
    const { runtime, os, arch } = ports.host
    print(`skein ${version} (${runtime}, ${os}/${arch})\n`)
    return EXIT_OK
  },
}
