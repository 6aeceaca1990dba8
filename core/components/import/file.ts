/** import.file: modules from a file, or from all *.alloy files of a directory, kept current while the agent runs. */
import { messageOf } from '../../errors.ts'
import { type AnyImportDefinition, type Content, defineImport, type ImportContext } from '../../graph/import.ts'
import { directoryOf, readSources } from '../../graph/sources.ts'
import { attr, block, type Infer, squash } from '../../syntax/schema.ts'
import { string } from '../../syntax/types.ts'
import { noticing, watchFile } from '../watched-file.ts'

const schema = block(
  {
    filename: attr.required(string, 'Path of the file, or of a directory whose *.alloy files are read.'),
    noticing: squash(noticing),
  },
  {
    validate({ filename }, report) {
      if (filename === '') report('filename must not be empty', 'filename')
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
    await watchFile(args.filename, args.noticing, context, look, signal)
  },
})
