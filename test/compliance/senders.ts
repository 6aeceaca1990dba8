/**
 * The senders that the compliance suite can run: skein on one of its runtimes, and for comparison the Prometheus and vmagent that
 * Debian has, which speak 1.0 only. SKEIN_COMPLIANCE_SENDER: skein (unless given), prometheus or vmagent;
 * SKEIN_COMPLIANCE_RUNTIME: node (unless given), bun or deno.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type Running, start, temporaryFolder } from '../e2e/support/processes.ts'
import { ROOT, RUNTIMES } from '../e2e/support/runtimes.ts'
import type { Scenario } from './scenario.ts'

export interface Launch {
  readonly scenario: Scenario
  /** host:port */
  readonly target: string
  /** Of the receiver. */
  readonly url: string
}

export interface Sender {
  readonly name: 'skein' | 'prometheus' | 'vmagent'
  /** Why it can't be run here; undefined when it can. */
  readonly missing: string | undefined
  readonly version: string
  /** Whether it knows 2.0: it is told to speak 1.0 otherwise, whatever a scenario says. */
  readonly knowsSecond: boolean
  /** It takes seconds before it scrapes at all, as Prometheus does: its time begins when it does. */
  readonly dawdles: boolean
  /** `metrics` resolves to where its own metrics are. */
  launch(launch: Launch): Promise<{ readonly process: Running; readonly metrics: () => string | undefined }>
}

const { findPeers } = (await import(/* @vite-ignore */ new URL('../../scripts/peers.mjs', import.meta.url).href)) as {
  findPeers(): Readonly<Record<string, string | undefined>>
}

export function senderFromEnvironment(): Sender {
  const name = process.env['SKEIN_COMPLIANCE_SENDER'] ?? 'skein'
  if (name === 'skein') return skein()
  if (name === 'prometheus') return peer(name, launchPrometheus)
  if (name === 'vmagent') return peer(name, launchVmagent)
  throw new Error(`SKEIN_COMPLIANCE_SENDER is ${name}, but must be skein, prometheus or vmagent`)
}

function skein(): Sender {
  const wanted = process.env['SKEIN_COMPLIANCE_RUNTIME'] ?? 'node'
  const runtime = RUNTIMES.find(({ name }) => name === wanted)
  if (runtime === undefined) throw new Error(`SKEIN_COMPLIANCE_RUNTIME is ${wanted}, but must be node, bun or deno`)
  return {
    name: 'skein',
    missing: runtime.missing,
    version: runtime.name,
    knowsSecond: true,
    dawdles: false,
    async launch(launch) {
      const folder = temporaryFolder()
      const file = join(folder, 'config.alloy')
      writeFileSync(file, skeinConfig(launch))
      const flags = ['--server.http.listen-addr=127.0.0.1:0', `--storage.path=${join(folder, 'data')}`]
      // Bun and Deno look for their configuration in the working directory.
      const args = [...runtime.args, 'run', '--stability.level=experimental', ...flags, file]
      const process = start(runtime.program, args, { cwd: ROOT })
      return { process, metrics: () => listening(process.output()) }
    },
  }
}

function listening(output: string): string | undefined {
  const address = /now listening for http traffic.* addr="?([\d.:]+)/.exec(output)?.[1]
  return address && `http://${address}/metrics`
}

const SECOND_MESSAGE = 'io.prometheus.write.v2.Request'
const FIRST_MESSAGE = 'prometheus.WriteRequest'

function skeinConfig({ scenario, target, url }: Launch): string {
  const message = { '1.0': FIRST_MESSAGE, '2.0': SECOND_MESSAGE, auto: 'auto' }[scenario.speak]
  const protocols = ['OpenMetricsText1.0.0', 'PrometheusText0.0.4']
  if (scenario.nativeHistograms) protocols.unshift('PrometheusProto')
  return `prometheus.scrape "test" {
  targets          = [{ "__address__" = "${target}" }]
  job_name         = "test"
  scrape_interval  = "1s"
  scrape_timeout   = "1s"
  scrape_protocols = ${JSON.stringify(protocols)}
  honor_metadata   = true
  forward_to       = [prometheus.remote_write.test.receiver]
${scenario.nativeHistograms ? '  scrape_native_histograms = true\n' : ''}}

prometheus.remote_write "test" {
  endpoint {
    url                    = "${url}"
    protobuf_message       = "${message}"
    send_exemplars         = true
    send_native_histograms = ${scenario.nativeHistograms ?? false}
${scenario.deadlineMs === undefined ? '' : `\n    queue_config {\n      batch_send_deadline = "${scenario.deadlineMs}ms"\n    }\n`}  }
}
`
}

type LaunchPeer = (program: string, launch: Launch, port: number) => Running

function peer(name: 'prometheus' | 'vmagent', launchPeer: LaunchPeer): Sender {
  const program = findPeers()[name]
  return {
    name,
    missing: program === undefined ? `no ${name} here: npm run peers` : undefined,
    version: program === undefined ? '' : versionOf(program),
    knowsSecond: false,
    dawdles: true,
    async launch(launch) {
      const port = await freePort()
      const process = launchPeer(program as string, launch, port)
      return { process, metrics: () => `http://127.0.0.1:${port}/metrics` }
    },
  }
}

function versionOf(program: string): string {
  const { stdout, stderr } = spawnSync(program, ['--version'], { encoding: 'utf8' })
  const said = /\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0]
  // Debian's vmagent doesn't say; its package does.
  const { stdout: policy } = spawnSync('apt-cache', ['policy', 'victoria-metrics'], { encoding: 'utf8' })
  return said ?? /Candidate: (\d+\.\d+\.\d+)/.exec(policy ?? '')?.[1] ?? 'of an unknown version'
}

function launchPrometheus(program: string, { scenario, target, url }: Launch, port: number): Running {
  const folder = temporaryFolder()
  const file = join(folder, 'prometheus.yml')
  const queue = { retry_on_http_429: true, batch_send_deadline: `${scenario.deadlineMs ?? 5000}ms` }
  const write = { url, send_exemplars: true, queue_config: queue }
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ ...scraping(target), remote_write: [write] }))
  return start(program, [
    `--config.file=${file}`,
    `--storage.agent.path=${join(folder, 'data')}`,
    '--enable-feature=agent,exemplar-storage',
    `--web.listen-address=127.0.0.1:${port}`,
  ])
}

function launchVmagent(program: string, { target, url }: Launch, port: number): Running {
  const folder = temporaryFolder()
  const file = join(folder, 'scrape.yml')
  writeFileSync(file, JSON.stringify(scraping(target)))
  return start(program, [
    `-promscrape.config=${file}`,
    `-remoteWrite.url=${url}`,
    `-remoteWrite.tmpDataPath=${join(folder, 'data')}`,
    `-httpListenAddr=127.0.0.1:${port}`,
  ])
}

function scraping(target: string): object {
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [{ job_name: 'test', static_configs: [{ targets: [target] }] }],
  }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
