// Starts skein the way a user does: a configuration file and `node dist/agent.js run`.

import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const PROGRAM = resolve(import.meta.dirname, '../dist/agent.js')
const STOP_PATIENCE_MS = 20_000

/**
 * Starts one agent that scrapes `targets` [{ name, address }] each second and writes to `receiverUrl`.
 * Returns { address, ended, stop(), kill(), lastWords() }; `ended` and stop() resolve to 'exit 0' or the like.
 */
export async function startAgent({ targets, receiverUrl }) {
  if (!existsSync(PROGRAM)) throw new Error(`there is no ${PROGRAM}; run \`npm run build\` first`)
  const dir = mkdtempSync(join(tmpdir(), 'skein-demo-'))
  const configFile = join(dir, 'config.alloy')
  const logFile = join(dir, 'agent.log')
  writeFileSync(configFile, configuration({ targets, receiverUrl }))

  const address = `127.0.0.1:${await freePort()}`
  const log = openSync(logFile, 'a')
  const child = spawn(process.execPath, [PROGRAM, 'run', `--server.http.listen-addr=${address}`, configFile], {
    cwd: dir,
    stdio: ['ignore', log, log],
    // In a process group of its own, so that Ctrl-C reaches only the demo, which then stops the agent in good order.
    detached: true,
  })
  const ended = new Promise((done) => {
    child.once('error', (error) => done(error.message))
    child.once('exit', (code, signal) => done(signal ?? `exit ${code}`))
  })
  return {
    address,
    ended,
    async stop() {
      child.kill('SIGTERM')
      const patience = new AbortController()
      const late = sleep(STOP_PATIENCE_MS, undefined, { signal: patience.signal }).then(
        () => child.kill('SIGKILL'),
        () => {},
      )
      const how = await ended
      patience.abort()
      await late
      return how
    },
    kill() {
      child.kill('SIGKILL')
      rmSync(dir, { recursive: true, force: true })
    },
    lastWords: () => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-12).join('\n'),
  }
}

function configuration({ targets, receiverUrl }) {
  const list = targets.map(({ name, address }) => `    { "__address__" = "${address}", "job" = "${name}" },`)
  return `prometheus.scrape "demo" {
  targets = [
${list.join('\n')}
  ]
  scrape_interval = "1s"
  scrape_timeout  = "1s"
  forward_to      = [prometheus.remote_write.demo.receiver]
}

prometheus.remote_write "demo" {
  endpoint {
    url = "${receiverUrl}"

    queue_config {
      batch_send_deadline = "1s"
    }
  }
}
`
}

function freePort() {
  return new Promise((done, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}
