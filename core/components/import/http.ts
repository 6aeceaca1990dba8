/** import.http: modules from a web server, asked for again and again. */
import { messageOf } from '../../errors.ts'
import { type AnyImportDefinition, type Content, defineImport, type ImportContext } from '../../graph/import.ts'
import type { Outbound } from '../../outbound/outbound.ts'
import { IDENTITY } from '../lent.ts'
import { askUrl, clientOf, type PolledUrlArgs, polledUrl } from '../remote/polled-url.ts'

async function ask(
  args: PolledUrlArgs,
  client: Outbound,
  context: ImportContext,
  signal: AbortSignal,
): Promise<Content> {
  const { userAgent } = context.services(IDENTITY)
  const content = await askUrl(args, client, context, userAgent, signal)
  const { file, directory } = placeOf(args.url)
  return { sources: [{ file, content }], modulePath: directory }
}

/** As positions in diagnostics name it, and as modules name their neighbours; without passwords. */
function placeOf(address: string): { readonly file: string; readonly directory: string } {
  const url = new URL(address)
  const file = `${url.origin}${url.pathname}`
  return { file, directory: file.slice(0, file.lastIndexOf('/')) }
}

export const importHttp: AnyImportDefinition = defineImport<PolledUrlArgs>({
  name: 'import.http',
  stability: 'generally-available',
  schema: polledUrl,
  origin: 'network',
  async read(args, context, signal) {
    const client = clientOf(args, context)
    try {
      return await ask(args, client, context, signal)
    } finally {
      client.close()
    }
  },
  async watch(args, context, watcher, signal) {
    const client = clientOf(args, context)
    const look = async (): Promise<void> => {
      try {
        watcher.changed(await ask(args, client, context, signal))
      } catch (error) {
        if (!signal.aborted) watcher.failed(messageOf(error))
      }
    }
    // It has just been read.
    while (!signal.aborted) {
      await context.timers.sleep(args.poll_frequency, signal)
      if (!signal.aborted) await look()
    }
    client.close()
  },
})
