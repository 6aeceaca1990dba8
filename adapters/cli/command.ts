/** What a command of the command line is, and what it finds around it. */
import type { Agent, AgentOptions } from '../../core/agent.ts'
import type { CheckOptions, CheckResult } from '../../core/agent-check.ts'
import type { Pages } from '../../core/http/pages.ts'
import type { Ports } from '../../core/ports.ts'
import type { Listen } from '../shared/listen.ts'
import type { Completes, Flag } from './flag.ts'
import type { ParsedFlags } from './flags.ts'

export type Signal = 'SIGTERM' | 'SIGINT' | 'SIGHUP'

/** Everything the command line needs from the process it runs in. */
export interface Runtime {
  readonly ports: Ports
  readonly listen: Listen
  /** Asks these servers, `ip:port`, instead of those of the system. */
  readonly dnsOf: (servers: readonly string[]) => Ports['dns']
  readonly createAgent: (options: AgentOptions, ports: Ports) => Agent
  readonly checkConfiguration: (options: CheckOptions, ports: Ports) => Promise<CheckResult>
  readonly version: string
  /** What the agent shows to browsers. */
  readonly pages: Pages
  /** Whether standard error is a terminal that shows colours. */
  readonly color: boolean
  /** Whether standard output is one, and how many characters a line of it has; undefined where it is no terminal. */
  readonly output: { readonly color: boolean; readonly columns: number | undefined }
  /** To standard output, and to standard error. */
  print(text: string): void
  printError(text: string): void
  /** All of standard input. */
  readInput(): Promise<Uint8Array>
  /** Replaces what a file holds; its mode stays. Rejects with the host's error. */
  overwrite(path: string, text: string): Promise<void>
  onSignal(handle: (signal: Signal) => void): void
  /** At once, whatever is under way. */
  exit(code: number): void
}

export interface Command {
  readonly name: string
  readonly aliases?: readonly string[]
  /** Other spellings that are neither shown nor completed: `--version`. */
  readonly spellings?: readonly string[]
  /** One line for the list of commands. */
  readonly summary: string
  /** What stands after the name: `[flags] FILE`. */
  readonly usage: string
  /** What it does and when it fails, for its own help: paragraphs between blank lines, filled anew when shown. */
  readonly about: string
  /** Whole lines to copy, with what each of them does. */
  readonly examples?: readonly (readonly [line: string, does: string])[]
  readonly flags: readonly Flag[]
  /** What shells complete where no flag stands. */
  readonly operands?: Completes
  /** What is wrong with this use of it, a sentence each. */
  problems(given: ParsedFlags): readonly string[]
  /** Resolves to the exit code when everything is over. */
  run(given: ParsedFlags, runtime: Runtime): Promise<number>
}

export const EXIT_OK = 0
/** A configuration, a file or a port that doesn't work. */
export const EXIT_FAILED = 1
/** Wrong usage. */
export const EXIT_USAGE = 2
