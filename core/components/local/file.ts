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
import type { FileChange } from '../../ports.ts'
import { attr, block, type Infer } from '../../syntax/schema.ts'
import { bool, duration, oneOf, string } from '../../syntax/types.ts'
import { OptionalSecret } from '../../syntax/value.ts'
import type { Timer } from '../../time/timers.ts'
import { untilAborted } from '../until-aborted.ts'

const schema = block(
  {
    filename: attr.required(string, 'Path of the file.'),
    detector: attr.optional(
      oneOf('fsnotify', 'poll'),
      'fsnotify',
      'How changes are noticed: as the system tells, or by reading again.',
    ),
    poll_frequency: attr.optional(duration, 60_000, 'How often the file is read again, changed or not.'),
    is_secret: attr.optional(bool, false, 'Whether the content is never shown.'),
  },
  {
    validate({ filename, poll_frequency }, report) {
      if (filename === '') report('filename must not be empty', 'filename')
      if (poll_frequency <= 0) report('poll_frequency must be greater than 0', 'poll_frequency')
    },
  },
)

type Args = Infer<typeof schema>

interface Exports {
  readonly content: OptionalSecret
}

/** Editors write a file in several steps: what is noticed is read once they had time to finish. */
const SETTLE_MS = 50

function build(context: ComponentContext<Exports>, first: Args): Component<Args> {
  const { files } = context.ports
  let args = first
  let watch: FileChange | undefined
  let timer: Timer | undefined
  let running = false
  /** A change was noticed and is not read yet: another one must not put that off. */
  let noticed = false

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

  function refresh(): void {
    noticed = false
    arm(args.poll_frequency)
    try {
      publish(read(args), args)
      context.setHealth('healthy', 'read file')
    } catch (thrown) {
      context.setHealth('unhealthy', messageOf(thrown))
      context.log.error('failed to read file; the last content stays', { file: args.filename, err: messageOf(thrown) })
    }
  }

  function arm(ms: number): void {
    timer?.cancel()
    timer = context.timers.after(ms, refresh)
  }

  function notice(): void {
    if (noticed) return
    noticed = true
    arm(SETTLE_MS)
  }

  function observe(): void {
    watch?.close()
    noticed = false
    watch = args.detector === 'poll' ? undefined : files.watch(args.filename, notice)
    arm(args.poll_frequency)
  }

  publish(read(first), first)
  return {
    async run(signal) {
      running = true
      observe()
      // Whatever was written between building and now.
      arm(0)
      await untilAborted(signal)
      timer?.cancel()
      watch?.close()
    },
    update(next) {
      const content = read(next)
      args = next
      publish(content, next)
      context.setHealth('healthy', 'read file')
      if (running) observe()
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
