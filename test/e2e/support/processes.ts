/**
 * Child processes and folders of an end-to-end suite. Everything started here is on a list, so that nothing outlives the
 * suite however it ends: `afterAll(endEverything)` in the good case, SIGKILL when the worker itself exits.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { until } from './until.ts'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** From the last signal that was sent until the end; undefined when it ended by itself. */
  readonly tookMs: number | undefined
}

export interface Running {
  readonly pid: number
  /** What it wrote so far, standard output and standard error in the order of their arrival. */
  output(): string
  readonly exit: Promise<Exit>
  signal(name: NodeJS.Signals): void
  /** SIGTERM, and SIGKILL after `patienceMs`. */
  stop(patienceMs?: number): Promise<Exit>
  /** To its standard input, if it was started with `onLine`. */
  write(text: string): void
  /** Resolves with the match once the output has it; throws when the process ends first. */
  says(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>
}

const STOP_PATIENCE_MS = 15_000

const running = new Map<ChildProcess, Running>()
const folders = new Set<string>()
const closers = new Set<() => Promise<void> | void>()

process.once('exit', () => {
  for (const child of running.keys()) child.kill('SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

export interface StartOptions {
  readonly cwd?: string
  /** For a program to talk with: gets each line of its standard output, which is then left out of `output()`. */
  readonly onLine?: (line: string) => void
}

export function start(program: string, args: readonly string[], { cwd, onLine }: StartOptions = {}): Running {
  const child = spawn(program, args, {
    stdio: [onLine === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  })
  let output = ''
  let signalled: number | undefined
  let exit: Exit | undefined
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue
    if (onLine !== undefined && stream === child.stdout) {
      createInterface(stream).on('line', onLine)
      continue
    }
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      output += text
    })
  }
  // Writing to what has just ended is nothing to fail for: `exit` tells.
  child.stdin?.on('error', () => undefined)

  const ended = new Promise<Exit>((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      running.delete(child)
      exit = { code, signal, tookMs: signalled === undefined ? undefined : performance.now() - signalled }
      resolve(exit)
    }
    child.once('error', (error) => {
      output += `${error.message}\n`
      end(null, null)
    })
    // Not `exit`: by then the last lines may not have arrived yet.
    child.once('close', end)
  })

  const self: Running = {
    pid: child.pid ?? 0,
    output: () => output,
    exit: ended,
    signal(name) {
      signalled = performance.now()
      child.kill(name)
    },
    write: (text) => void child.stdin?.write(text),
    async stop(patienceMs = STOP_PATIENCE_MS) {
      if (exit === undefined) self.signal('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), patienceMs)
      const how = await ended
      clearTimeout(late)
      return how
    },
    says: (pattern, timeoutMs) =>
      until(`${program} to write ${pattern}`, timeoutMs, () => {
        const match = pattern.exec(output)
        if (match === null && exit !== undefined) throw new Error(`${program} ended:\n${output}`)
        return match ?? undefined
      }),
  }
  running.set(child, self)
  return self
}

/** Removed at the end of the suite. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'skein-e2e-')))
  folders.add(folder)
  return folder
}

/** To be called at the end of the suite, together with everything else. */
export function atTheEnd(close: () => Promise<void> | void): void {
  closers.add(close)
}

export async function endEverything(): Promise<void> {
  await Promise.all([...running.values()].map((one) => one.stop()))
  await Promise.all([...closers].map((close) => close()))
  closers.clear()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  folders.clear()
}

/** Resident bytes of a process now, and the most there ever were. Linux only; undefined elsewhere. */
export function memoryOf(pid: number): { readonly now: number; readonly peak: number } | undefined {
  if (process.platform !== 'linux') return undefined
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kilobytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1])
  return { now: kilobytes('VmRSS') * 1024, peak: kilobytes('VmHWM') * 1024 }
}
