// The agents that the bench compares: where their programs are, and how each is started on the same work with its own
// defaults. All of them get the same targets, interval and receiver; nothing else is tuned (see README.md).

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { fetchPeers, findPeers, peersFolder } from '../scripts/peers.mjs'
import { installRuntime } from '../scripts/runtimes/install.mjs'

const ROOT = resolve(import.meta.dirname, '..')

/**
 * Finds an agent by name: { name, version, command(work) } or { name, missing: why }.
 * One of skein's with the setting `ui` has `isLookedAt` as well: what that costs is to be measured (see viewer.mjs).
 * `command` takes { dir, port, targets, interval, sinkUrl }, writes what the agent needs into `dir`, and returns
 * [program, arguments].
 */
export function findAgent(name, { runtime, nodeArgs }) {
  const [agent, ...settings] = name.split(':')
  const [message, persistence] = settings.filter((setting) => setting !== 'ui')
  if (agent === 'skein') return findSkein(runtime, nodeArgs, { message, persistence, ui: settings.includes('ui') })
  const finder = { prometheus: findPrometheus, vmagent: findVmagent }[name]
  if (finder === undefined) throw new Error(`no agent is called "${name}"; there are skein, prometheus, vmagent`)
  const { program, why } = findPeer(name)
  if (program === undefined) return { name, missing: why || 'not found' }
  return finder(program)
}

// ---- skein ----------------------------------------------------------------------------------------------------------

/** `message` (1.0, 2.0) and `persistence` (always, spill, off) are undefined where the default is meant. */
function findSkein(runtime, nodeArgs, { message, persistence, ui }) {
  if (message !== undefined && MESSAGES[message] === undefined) {
    throw new Error(
      `skein:${message} is no version of remote_write; there are ${Object.keys(MESSAGES).join(', ')}, as in skein:1.0:off`,
    )
  }
  const settings = [runtime === 'node' ? undefined : runtime, message, persistence].filter(Boolean)
  if (ui) settings.push('ui')
  const name = settings.length === 0 ? 'skein' : `skein (${settings.join(', ')})`
  const args = {
    node: [...nodeArgs, join(ROOT, 'dist/agent.js')],
    bun: [join(ROOT, 'adapters/bun/main.ts')],
    deno: ['run', '--allow-all', join(ROOT, 'adapters/deno/main.ts')],
  }[runtime]
  if (args === undefined) throw new Error(`no runtime is called "${runtime}"; there are node, bun, deno`)
  if (!existsSync(args.at(-1))) return { name, missing: `no ${args.at(-1)}; run \`npm run build\`` }
  const { program } = installRuntime(runtime)
  return {
    name,
    isLookedAt: ui,
    version: [`on ${runtime} ${firstVersion(program)}`, ...nodeArgs].join(' '),
    command({ dir, port, targets, interval, sinkUrl }) {
      const file = join(dir, 'config.alloy')
      writeFileSync(file, skeinConfig({ targets, interval, sinkUrl, message, persistence }))
      return [program, [...args, 'run', `--server.http.listen-addr=127.0.0.1:${port}`, file]]
    },
  }
}

const MESSAGES = { '1.0': 'prometheus.WriteRequest', '2.0': 'io.prometheus.write.v2.Request' }

function skeinConfig({ targets, interval, sinkUrl, message, persistence }) {
  return `prometheus.scrape "bench" {
  job_name        = "bench"
  scrape_interval = "${interval}s"
  scrape_timeout  = "${interval}s"
  targets = [
${targets.map((address) => `    { "__address__" = "${address}" },`).join('\n')}
  ]
  forward_to = [prometheus.remote_write.sink.receiver]
}

prometheus.remote_write "sink" {
  endpoint {
    url = "${sinkUrl}"${message ? `\n    protobuf_message = "${MESSAGES[message]}"` : ''}
  }${persistence ? `\n  wal {\n    persistence = "${persistence}"\n  }` : ''}
}
`
}

// ---- peers ----------------------------------------------------------------------------------------------------------

/** Debian's binaries, fetched on first use and never installed. */
function findPeer(name) {
  const present = findPeers()[name]
  if (present !== undefined) return { program: present }
  console.log(`bench: fetching ${name} into ${peersFolder()}`)
  const { found, problems } = fetchPeers()
  return { program: found[name], why: problems.join('; ') }
}

function findPrometheus(program) {
  const version = firstVersion(program) ?? 'version unknown'
  const agentMode = Number.parseInt(version, 10) >= 3 ? '--agent' : '--enable-feature=agent'
  return {
    name: 'prometheus',
    version: `${version}, agent mode`,
    command({ dir, port, targets, interval, sinkUrl }) {
      const file = join(dir, 'prometheus.yml')
      writeFileSync(file, `${scrapeYaml({ targets, interval })}remote_write:\n  - url: ${sinkUrl}\n`)
      return [
        program,
        [
          agentMode,
          `--config.file=${file}`,
          `--storage.agent.path=${join(dir, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
          '--log.level=warn',
        ],
      ]
    },
  }
}

function findVmagent(program) {
  // Debian's build doesn't know its version; the changelog that comes with it does.
  const version = firstVersion(program) ?? debianVersion(program, 'victoria-metrics') ?? 'version unknown'
  const standardOnly = /forcePromProto/.test(run(program, ['--help'])) ? ['-remoteWrite.forcePromProto'] : []
  return {
    name: 'vmagent',
    version,
    command({ dir, port, targets, interval, sinkUrl }) {
      const file = join(dir, 'vmagent.yml')
      writeFileSync(file, scrapeYaml({ targets, interval }))
      return [
        program,
        [
          `-promscrape.config=${file}`,
          `-remoteWrite.url=${sinkUrl}`,
          `-remoteWrite.tmpDataPath=${join(dir, 'data')}`,
          `-httpListenAddr=127.0.0.1:${port}`,
          '-loggerLevel=WARN',
          ...standardOnly,
        ],
      ]
    },
  }
}

function scrapeYaml({ targets, interval }) {
  return `global:
  scrape_interval: ${interval}s
  scrape_timeout: ${interval}s
scrape_configs:
  - job_name: bench
    static_configs:
      - targets: [${targets.map((address) => `'${address}'`).join(', ')}]
`
}

// ---- programs -------------------------------------------------------------------------------------------------------

function run(program, args) {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  return `${stdout}${stderr}`
}

function firstVersion(program) {
  return run(program, ['--version']).match(/\d+\.\d+\.\d+/)?.[0]
}

function debianVersion(program, packageName) {
  const docs = join(dirname(program), '../share/doc', packageName)
  const changelog = existsSync(docs) && readdirSync(docs).find((file) => /^changelog\.Debian.*\.gz$/.test(file))
  return changelog ? /\(([\d.]+)/.exec(gunzipSync(readFileSync(join(docs, changelog))))?.[1] : undefined
}
