/** import.string: modules from a text, such as the content that another component exports. */
import { type AnyImportDefinition, defineImport } from '../../graph/import.ts'
import { attr, block, type Infer } from '../../syntax/schema.ts'
import { optionalSecret } from '../../syntax/types.ts'
import { untilAborted } from '../until-aborted.ts'

const schema = block({ content: attr.required(optionalSecret, 'Text of the modules.') })

type Args = Infer<typeof schema>

export const importString: AnyImportDefinition = defineImport<Args>({
  name: 'import.string',
  stability: 'generally-available',
  schema,
  origin: 'configuration',
  async read({ content }, { id }) {
    return { sources: [{ file: id, content: content.reveal(), secret: content.isSecret }] }
  },
  watch: (_args, _context, _watcher, signal) => untilAborted(signal),
})
