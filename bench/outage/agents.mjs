// The agents of the outage experiment, each in the ways that it can be set to keep what it couldn't deliver.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findAgent } from '../agents.mjs'
import { findSkeinProgram } from '../skein.mjs'

/** skein's defaults: how long a request collects, and how long it then waits in memory with `spill`. */
const BATCH_SEND_DEADLINE_MS = 5000
const SPILL_DELAY_MS = 1000

/**
 * skein on a runtime: { name, mode, mayLoseMs, command(work) } or { name, mode, missing: why }. `command` takes { dir, port,
 * target, sinkUrl }, and returns [program, arguments, folder to start it in]. `mayLoseMs`: of its last scrapes when it is killed.
 */
export function findSkein(runtime, persistence, batchSendDeadline = BATCH_SEND_DEADLINE_MS) {
  const who = { name: `skein on ${runtime}`, mode: persistence }
  const { program, args, cwd, missing } = findSkeinProgram(runtime)
  if (missing !== undefined) return { ...who, missing }
  return {
    ...who,
    mayLoseMs: { always: 0, spill: batchSendDeadline + SPILL_DELAY_MS, off: Number.POSITIVE_INFINITY }[persistence],
    command({ dir, target, sinkUrl }) {
      const file = join(dir, 'config.alloy')
      writeFileSync(file, config({ target, sinkUrl, persistence, batchSendDeadline }))
      // Not a fixed port: while the agent is down somebody else may get it.
      const flags = ['--server.http.listen-addr=127.0.0.1:0', `--storage.path=${join(dir, 'data')}`]
      return [program, [...args, 'run', ...flags, file], cwd]
    },
  }
}

/** Debian's `prometheus` in agent mode, or `vmagent`, with its own defaults. */
export function findPeer(name) {
  const found = findAgent(name, {})
  if (found.missing !== undefined) return { name, mode: '', missing: found.missing }
  return {
    name: `${name} ${found.version}`,
    mode: '',
    command({ dir, port, target, sinkUrl }) {
      return [...found.command({ dir, port, targets: [target], interval: 1, sinkUrl }), dir]
    },
  }
}

function config({ target, sinkUrl, persistence, batchSendDeadline }) {
  return `prometheus.scrape "outage" {
  targets         = [{ "__address__" = "${target}" }]
  scrape_interval = "1s"
  scrape_timeout  = "1s"
  forward_to      = [prometheus.remote_write.sink.receiver]
}

prometheus.remote_write "sink" {
  endpoint {
    url = "${sinkUrl}"

    queue_config {
      batch_send_deadline = "${batchSendDeadline}ms"
    }
  }
${persistence === undefined ? '' : `\n  wal {\n    persistence = "${persistence}"\n  }\n`}}
`
}
