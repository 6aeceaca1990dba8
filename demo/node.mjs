// One process of skein, started the way a user does: a configuration file and `node dist/agent.js run`.

import { spawn } from 'node:child_process'
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const PROGRAM = resolve(import.meta.dirname, '../dist/agent.js')
const STOP_PATIENCE_MS = 20_000

/** Each node says with each scrape which process it is, so that what arrives can be held against what was asked for. */
export const SENDER_HEADER = 'X-Skein-Node'

/**
 * Starts one node of a cluster. It takes its share of `targets` [{ job, address }] each second, and writes to `receiverUrl`
 * as `sender`. `join` are the addresses of all nodes. Files are kept in `folder`.
 * Returns { sender, ended, stop(), kill(), lastWords() }; `ended` and stop() resolve to 'exit 0' or the like.
 */
export function startNode({ name, sender, address, join: addresses, targets, receiverUrl, folder }) {
  if (!existsSync(PROGRAM)) throw new Error(`there is no ${PROGRAM}; run \`npm run build\` first`)
  const configFile = join(folder, `${sender}.alloy`)
  const logFile = join(folder, `${sender}.log`)
  writeFileSync(configFile, configuration({ targets, receiverUrl: `${receiverUrl}/${sender}`, sender }))

  const log = openSync(logFile, 'a')
  const child = spawn(
    process.execPath,
    [
      PROGRAM,
      'run',
      `--server.http.listen-addr=${address}`,
      `--storage.path=${join(folder, name)}`,
      '--cluster.enabled',
      `--cluster.node-name=${name}`,
      `--cluster.advertise-address=${address}`,
      `--cluster.join-addresses=${addresses.join(',')}`,
      configFile,
    ],
    {
      cwd: folder,
      stdio: ['ignore', log, log],
      // In a process group of its own, so that Ctrl-C reaches only the demo, which then stops the nodes in good order.
      detached: true,
    },
  )
  const ended = new Promise((done) => {
    child.once('error', (error) => done(error.message))
    child.once('exit', (code, signal) => done(signal ?? `exit ${code}`))
  })
  return {
    sender,
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
    kill: () => child.kill('SIGKILL'),
    lastWords: () => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-12).join('\n'),
  }
}

function configuration({ targets, receiverUrl, sender }) {
  const list = targets.map(({ job, address }) => `    { "__address__" = "${address}", "job" = "${job}" },`)
  return `prometheus.scrape "demo" {
  targets = [
${list.join('\n')}
  ]
  scrape_interval = "1s"
  scrape_timeout  = "1s"
  http_headers    = { "${SENDER_HEADER}" = ["${sender}"] }
  forward_to      = [prometheus.remote_write.demo.receiver]

  clustering {
    enabled = true
  }
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
