/** Runs the command line in this process: its arguments, streams, signals and exit code. */
import process from 'node:process'
import { createAgent } from '../../core/agent.ts'
import type { Ports } from '../../core/ports.ts'
import type { Listen } from '../shared/listen.ts'
import { version } from '../shared/version.ts'
import { main, type Signal } from './main.ts'

const SIGNALS: readonly Signal[] = ['SIGTERM', 'SIGINT', 'SIGHUP']

export async function runProcess(ports: Ports, listen: Listen): Promise<void> {
  const code = await main(process.argv.slice(2), {
    ports,
    listen,
    createAgent,
    version,
    print: (text) => process.stdout.write(text),
    printError: (text) => process.stderr.write(text),
    onSignal(handle) {
      for (const signal of SIGNALS) process.on(signal, () => handle(signal))
    },
    exit: (now) => process.exit(now),
  })
  // Not at once: pipes may still hold what was printed.
  process.exitCode = code
  const end = setTimeout(() => process.exit(code), EXIT_PATIENCE_MS)
  end.unref()
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
}

/** A reader that stopped reading can't keep the process. */
const EXIT_PATIENCE_MS = 1000
