/** Runs the command line in this process: its arguments, streams, signals and exit code. */
import { writeFile } from 'node:fs/promises'
import process from 'node:process'
import { buffer } from 'node:stream/consumers'
import { createAgent } from '../../core/agent.ts'
import { checkConfiguration } from '../../core/agent-check.ts'
import type { Ports } from '../../core/ports.ts'
import { createDns } from '../shared/dns.ts'
import { createLineWriter } from '../shared/line-writer.ts'
import type { Listen } from '../shared/listen.ts'
import { builtPages } from '../shared/pages.ts'
import { version } from '../shared/version.ts'
import { showsColor } from './color.ts'
import type { Signal } from './command.ts'
import { main } from './main.ts'

const SIGNALS: readonly Signal[] = ['SIGTERM', 'SIGINT', 'SIGHUP']

/** A reader that stopped reading can't keep the process. */
const EXIT_PATIENCE_MS = 1000

/** Ends the process. */
export async function runProcess(ports: Ports, listen: Listen): Promise<void> {
  // What a command prints is asked for, and may be as long as its input: nothing of it is dropped.
  const output = createLineWriter(1, Number.POSITIVE_INFINITY)
  const errors = createLineWriter(2)
  const code = await main(process.argv.slice(2), {
    ports,
    listen,
    dnsOf: createDns,
    createAgent,
    checkConfiguration,
    version,
    pages: builtPages,
    color: showsColor(process.stderr.isTTY === true, process.env),
    output: {
      color: showsColor(process.stdout.isTTY === true, process.env),
      // Some terminals say 0.
      columns: (process.stdout.isTTY === true && process.stdout.columns) || undefined,
    },
    print: (text) => output.write(text),
    printError: (text) => errors.write(text),
    readInput: () => buffer(process.stdin),
    overwrite: (path, text) => writeFile(path, text),
    onSignal(handle) {
      for (const signal of SIGNALS) process.on(signal, () => handle(signal))
    },
    exit: (now) => process.exit(now),
  })
  await Promise.all([output.flush(), errors.flush(EXIT_PATIENCE_MS)])
  process.exit(code)
}
