/** The HTTP server's app with nothing behind it, for tests that put in what they ask about. */
import { type AppOptions, createApp } from '../../core/http/app.ts'
import { createRegistry } from '../../core/telemetry/registry.ts'
import { recordingLog } from '../support/recording-log.ts'

/** Ready, without metrics and components, open to everybody; whatever is given comes in place of that. */
export function bareApp(given: Partial<AppOptions> = {}): ReturnType<typeof createApp> {
  return createApp({
    metrics: createRegistry(),
    ready: () => ({ ok: true }),
    reload: async () => ({ ok: true }),
    components: () => [],
    componentHandler: () => undefined,
    log: recordingLog(),
    ...given,
  })
}
