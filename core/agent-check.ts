/** What `skein validate` looks at: a configuration as it is written, without running anything of it. */
import { COMPONENTS, IMPORTS } from './components/index.ts'
import { remoteConfigSettings } from './components/remotecfg.ts'
import { type ConvertedLoadOptions, loadConverted } from './convert/load.ts'
import type { Stability } from './graph/component.ts'
import { services } from './graph/lent.ts'
import { readSources, type Source } from './graph/sources.ts'
import { validateSources } from './graph/validate.ts'
import type { Ports } from './ports.ts'
import { type Diagnostic, hasErrors, renderDiagnostics } from './syntax/diagnostic.ts'
import { standardLibraryOf } from './syntax/stdlib.ts'
import type { Logger } from './telemetry/logger.ts'
import { createTimers } from './time/timers.ts'

export interface CheckOptions {
  /** A configuration file, or a directory of *.alloy files. */
  readonly configPath: string
  /** The configuration is one file in another format than Alloy's: what its conversion has to say comes first. */
  readonly convert?: ConvertedLoadOptions
  readonly stability: Stability
  readonly version: string
}

export interface CheckResult {
  /** No errors; there may be warnings. */
  readonly ok: boolean
  /** Errors and warnings, in the order of the text. */
  readonly diagnostics: readonly Diagnostic[]
  /** The same for people, with the lines of the source; ends in a newline, and is empty when there is nothing to say. */
  readonly text: string
}

/** These depend on the machine, which may be another one when the configuration is run. */
const UNCERTAIN: ReadonlySet<string> = new Set(['sys.env', 'env', 'constants'])

/** Never rejects for what a configuration contains, or for a path that can't be read. */
export async function checkConfiguration(options: CheckOptions, ports: Ports): Promise<CheckResult> {
  const { sources, diagnostics, text } = await readConfiguration(options, ports)
  if (sources === undefined) return { ok: false, diagnostics, text }
  const { host } = ports
  const library = standardLibraryOf(host, options.version)
  const timers = createTimers(ports.clock)
  const validation = await validateSources(sources, {
    definitions: COMPONENTS,
    imports: IMPORTS,
    globals: library.values,
    deprecated: library.deprecated,
    experimental: library.experimental,
    stability: options.stability,
    uncertain: UNCERTAIN,
    decodeRemote: remoteConfigSettings,
    importContext: (id) => ({ id, ports, timers, log: SILENT, services: services([]) }),
  })
  return {
    ok: !hasErrors(validation.diagnostics),
    diagnostics: [...diagnostics, ...validation.diagnostics],
    text: [text, validation.text].filter((part) => part !== '').join('\n'),
  }
}

interface ReadConfiguration extends Omit<CheckResult, 'ok'> {
  /** Undefined when it can't be read or converted. */
  readonly sources: readonly Source[] | undefined
}

async function readConfiguration(options: CheckOptions, { files, clock }: Ports): Promise<ReadConfiguration> {
  const { configPath, convert } = options
  const read =
    convert === undefined
      ? { ...(await readSources(files, configPath)), diagnostics: [] }
      : await loadConverted(files, configPath, { ...convert, clustered: false, turn: () => clock.turn() }, SILENT)
  if (!read.ok && read.diagnostics.length === 0) {
    const diagnostic: Diagnostic = { severity: 'error', file: '', message: read.message }
    return { sources: undefined, diagnostics: [diagnostic], text: `Error: ${read.message}\n` }
  }
  const { diagnostics } = read
  return { sources: read.ok ? read.sources : undefined, diagnostics, text: renderDiagnostics(diagnostics, new Map()) }
}

const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {}, with: () => SILENT }
