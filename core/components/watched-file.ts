/** A file that is kept current while the agent runs, as blocks write it: how its changes are noticed, and the look-out for them. */
import type { FileChange, Ports } from '../ports.ts'
import { attr, block, type Schema } from '../syntax/schema.ts'
import { duration, oneOf } from '../syntax/types.ts'
import type { Timers } from '../time/timers.ts'
import { repeatedly } from './repeatedly.ts'

export interface NoticingArgs {
  readonly detector: 'fsnotify' | 'poll'
  readonly poll_frequency: number
}

export const noticing: Schema<NoticingArgs> = block(
  {
    detector: attr.optional(
      oneOf('fsnotify', 'poll'),
      'fsnotify',
      'How changes are noticed: as the system tells, or by reading again.',
    ),
    poll_frequency: attr.optional(duration, 60_000, 'How often it is read again, changed or not.'),
  },
  {
    validate({ poll_frequency }, report) {
      if (poll_frequency <= 0) report('poll_frequency must be greater than 0', 'poll_frequency')
    },
  },
)

/** Calls `look` at once, at signs of change and now and then, until the signal aborts. */
export async function watchFile(
  filename: string,
  { detector, poll_frequency }: NoticingArgs,
  { ports, timers }: { readonly ports: Pick<Ports, 'files'>; readonly timers: Timers },
  look: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let change: FileChange | undefined
  await repeatedly(timers, poll_frequency, look, signal, (soon) => {
    if (detector === 'fsnotify') change = ports.files.watch(filename, soon)
  })
  change?.close()
}
