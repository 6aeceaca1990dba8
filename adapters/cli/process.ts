/** Runs the command line in this process: its arguments, streams, signals and exit code. */
import process from 'node:process'
import { createAgent } from '../../core/agent.ts'
import type { Ports } from '../../core/ports.ts'
import { createDns } from '../shared/dns.ts'
import { createLineWriter } from '../shared/line-writer.ts'
import type { Listen } from '../shared/listen.ts'
import { version } from '../shared/version.ts'
import { main, type Signal } from './main.ts'

const SIGNALS: readonly Signal[] = ['SIGTERM', 'SIGINT', 'SIGHUP']

/** A reader that stopped reading can't keep the process. */
const EXIT_PATIENCE_MS = 1000

/** Ends the process. */
export async function runProcess(ports: Ports, listen: Listen): Promise<void> {
  const output = createLineWriter(1)
  const errors = createLineWriter(2)
  const code = await main(process.argv.slice(2), {
    ports,
    listen,
    dnsOf: createDns,
    createAgent,
    version,
    print: (text) => output.write(text),
    printError: (text) => errors.write(text),
    onSignal(handle) {
      for (const signal of SIGNALS) process.on(signal, () => handle(signal))
    },
    exit: (now) => process.exit(now),
  })
  await Promise.all([output.flush(EXIT_PATIENCE_MS), errors.flush(EXIT_PATIENCE_MS)])
  process.exit(code)
}
