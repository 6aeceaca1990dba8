/** A component in the form of Alloy's API: names, order and omissions are Alloy's. */
import type { WebComponent } from '../api/web.ts'
import type { ComponentDetails, ComponentInfo } from '../graph/graph.ts'
import { printableState } from '../graph/printable.ts'
import { MAX_SLICE_MS } from '../limits.ts'
import type { Clock } from '../ports.ts'

/** Without what is in it, as in lists. */
export function webComponentInList(info: ComponentInfo): WebComponent {
  const { name, label, module, health, createdModuleIds } = info
  // Alloy links within one module only, and calls what is in it by the names that the module itself uses.
  const local = (ids: readonly string[]): string[] => ids.flatMap((id) => localIdIn(module, id) ?? [])
  return {
    name,
    type: 'block',
    localID: localIdIn(module, info.id) ?? info.id,
    moduleID: module,
    ...(label === '' ? {} : { label }),
    referencesTo: local(info.referencesTo),
    referencedBy: local(info.referencedBy),
    dataFlowEdgesTo: local(info.dataFlowTo),
    health: {
      state: health.state,
      message: health.message,
      updatedTime: new Date(health.updatedAt).toISOString(),
    },
    arguments: [],
    exports: [],
    debugInfo: [],
    ...(createdModuleIds.length === 0 ? {} : { createdModuleIDs: createdModuleIds }),
    liveDebuggingEnabled: info.liveDebugging,
  }
}

/** With all that there is to tell. */
export function webComponent(details: ComponentDetails): WebComponent {
  return {
    ...webComponentInList(details),
    arguments: details.arguments,
    exports: details.exports,
    debugInfo: printableState(details.debugInfo),
  }
}

/** JSON of all of them, without what is in them. In slices: there may be many thousands. */
export async function listText(
  infos: readonly ComponentInfo[],
  clock: Pick<Clock, 'monotonic' | 'turn'>,
): Promise<string> {
  const texts: string[] = []
  let sliceStart = clock.monotonic()
  for (const info of infos) {
    texts.push(JSON.stringify(webComponentInList(info)))
    if (texts.length % LOOK_EVERY !== 0 || clock.monotonic() - sliceStart < MAX_SLICE_MS) continue
    await clock.turn()
    sliceStart = clock.monotonic()
  }
  return `[${texts.join()}]`
}

const LOOK_EVERY = 64

function localIdIn(module: string, id: string): string | undefined {
  const local = module === '' ? id : id.startsWith(`${module}/`) ? id.slice(module.length + 1) : undefined
  return local === undefined || local.includes('/') ? undefined : local
}
