/** import.file: modules from a file, or from all *.alloy files of a directory, kept current while the agent runs. */
import { messageOf } from '../../errors.ts'
import { type AnyImportDefinition, type Content, defineImport, type ImportContext } from '../../graph/import.ts'
import { directoryOf, readSources } from '../../graph/sources.ts'
import type { FileChange } from '../../ports.ts'
import { attr, block, type Infer } from '../../syntax/schema.ts'
import { duration, oneOf, string } from '../../syntax/types.ts'
import { repeatedly } from './repeatedly.ts'

const schema = block(
  {
    filename: attr.required(string, 'Path of the file, or of a directory whose *.alloy files are read.'),
    detector: attr.optional(
      oneOf('fsnotify', 'poll'),
      'fsnotify',
      'How changes are noticed: as the system tells, or by reading again.',
    ),
    poll_frequency: attr.optional(duration, 60_000, 'How often it is read again, changed or not.'),
  },
  {
    validate({ filename, poll_frequency }, report) {
      if (filename === '') report('filename must not be empty', 'filename')
      if (poll_frequency <= 0) report('poll_frequency must be greater than 0', 'poll_frequency')
    },
  },
)

type Args = Infer<typeof schema>

async function read({ filename }: Args, { ports }: ImportContext): Promise<Content> {
  const found = await readSources(ports.files, filename, 'the module')
  if (!found.ok) throw new Error(found.message)
  return { sources: found.sources, modulePath: directoryOf(found.sources) }
}

export const importFile: AnyImportDefinition = defineImport<Args>({
  name: 'import.file',
  stability: 'generally-available',
  schema,
  origin: 'machine',
  read,
  async watch(args, context, watcher, signal) {
    const look = async (): Promise<void> => {
      try {
        watcher.changed(await read(args, context))
      } catch (error) {
        watcher.failed(messageOf(error))
      }
    }
    let change: FileChange | undefined
    await repeatedly(context.timers, args.poll_frequency, look, signal, (soon) => {
      if (args.detector === 'fsnotify') change = context.ports.files.watch(args.filename, soon)
    })
    change?.close()
  },
})
