/**
 * local.file: the content of a file, for other components' arguments, kept current while the agent runs. A file that can't
 * be read any more leaves the last content in force and makes the component unhealthy.
 */
import { CodedError, messageOf } from '../../errors.ts'
import {
  type AnyComponentDefinition,
  type Component,
  type ComponentContext,
  defineComponent,
} from '../../graph/component.ts'
import { attr, block, type Infer, squash } from '../../syntax/schema.ts'
import { bool, string } from '../../syntax/types.ts'
import { OptionalSecret } from '../../syntax/value.ts'
import { noticing, watchFile } from '../watched-file.ts'

const schema = block(
  {
    filename: attr.required(string, 'Path of the file.'),
    noticing: squash(noticing),
    is_secret: attr.optional(bool, false, 'Whether the content is never shown.'),
  },
  {
    validate({ filename }, report) {
      if (filename === '') report('filename must not be empty', 'filename')
    },
  },
)

type Args = Infer<typeof schema>

interface Exports {
  readonly content: OptionalSecret
}

function build(context: ComponentContext<Exports>, first: Args): Component<Args> {
  const { files } = context.ports
  let args = first
  /** Ends the watch under way: the arguments are others. */
  let turn = new AbortController()

  function read(from: Args): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(files.readSync(from.filename))
    } catch (thrown) {
      throw new CodedError('config', `failed to read file: ${messageOf(thrown)}`, { cause: thrown })
    }
  }

  function publish(content: string, is: Args): void {
    context.publish({ content: new OptionalSecret(content, is.is_secret) })
  }

  async function refresh(): Promise<void> {
    try {
      publish(read(args), args)
      context.setHealth('healthy', 'read file')
    } catch (thrown) {
      context.setHealth('unhealthy', messageOf(thrown))
      context.log.error('failed to read file; the last content stays', { file: args.filename, err: messageOf(thrown) })
    }
  }

  publish(read(first), first)
  return {
    async run(signal) {
      signal.addEventListener('abort', () => turn.abort(), { once: true })
      while (!signal.aborted) {
        turn = new AbortController()
        await watchFile(args.filename, args.noticing, context, refresh, turn.signal)
      }
    },
    update(next) {
      const content = read(next)
      args = next
      publish(content, next)
      context.setHealth('healthy', 'read file')
      turn.abort()
    },
  }
}

export const localFile: AnyComponentDefinition = defineComponent<Args, Exports>({
  name: 'local.file',
  about: {
    does: 'Reads a file and keeps its content current. The file must be readable when the configuration is loaded; if it can not be read later, the last content stays in force and the component is unhealthy.',
    exports: [
      {
        name: 'content',
        type: 'secret | string',
        doc: 'The content of the file, as it is: a newline at its end is part of it.',
      },
    ],
  },
  stability: 'generally-available',
  schema,
  build,
})
