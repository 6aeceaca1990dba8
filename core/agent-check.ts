/** What `skein validate` looks at: a configuration as it is written, without running anything of it. */
import { COMPONENTS, IMPORTS } from './components/index.ts'
import { remoteConfigSettings } from './components/remotecfg.ts'
import type { Stability } from './graph/component.ts'
import { services } from './graph/lent.ts'
import { readSources } from './graph/sources.ts'
import { validateSources } from './graph/validate.ts'
import type { Ports } from './ports.ts'
import { type Diagnostic, hasErrors } from './syntax/diagnostic.ts'
import { createStandardLibrary } from './syntax/stdlib.ts'
import type { Logger } from './telemetry/logger.ts'
import { createTimers } from './time/timers.ts'

export interface CheckOptions {
  /** A configuration file, or a directory of *.alloy files. */
  readonly configPath: string
  readonly stability: Stability
  readonly version: string
}

export interface CheckResult {
  /** No errors; there may be warnings. */
  readonly ok: boolean
  /** Errors and warnings, in the order of the text. */
  readonly diagnostics: readonly Diagnostic[]
  /** The same for people, with the lines of the source; empty when there is nothing to say. */
  readonly text: string
}

/** These depend on the machine, which may be another one when the configuration is run. */
const UNCERTAIN: ReadonlySet<string> = new Set(['sys.env', 'env', 'constants'])

/** Never rejects for what a configuration contains, or for a path that can't be read. */
export async function checkConfiguration(options: CheckOptions, ports: Ports): Promise<CheckResult> {
  const read = await readSources(ports.files, options.configPath)
  if (!read.ok) {
    const diagnostic: Diagnostic = { severity: 'error', file: '', message: read.message }
    return { ok: false, diagnostics: [diagnostic], text: `Error: ${read.message}\n` }
  }
  const { host } = ports
  const library = createStandardLibrary({
    environment: new Map(Object.entries(host.env)),
    constants: { hostname: host.hostname, os: host.os, arch: host.arch, version: `v${options.version}` },
  })
  const timers = createTimers(ports.clock)
  const validation = await validateSources(read.sources, {
    definitions: new Map(COMPONENTS.map((definition) => [definition.name, definition])),
    imports: new Map(IMPORTS.map((definition) => [definition.name, definition])),
    values: library.values,
    globals: new Set([...library.values.keys(), 'module_path']),
    deprecated: library.deprecated,
    experimental: library.experimental,
    stability: options.stability,
    uncertain: UNCERTAIN,
    decodeRemote: remoteConfigSettings,
    importContext: (id) => ({ id, ports, timers, log: SILENT, services: services([]) }),
  })
  return { ok: !hasErrors(validation.diagnostics), ...validation }
}

const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {}, with: () => SILENT }
