/**
 * Modules and other formats in whole processes, on every runtime: an imported file that changes, a target list that grows a foreach, a module that
 * is broken while it is in use, and a prometheus.yml that is watched.
 */
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { startAgent } from './support/agent.ts'
import { startExporter } from './support/exporter.ts'
import { endEverything } from './support/processes.ts'
import { type Receiver, startReceiver } from './support/receiver.ts'
import { RUNTIMES } from './support/runtimes.ts'
import { until } from './support/until.ts'

function moduleText(team: string): string {
  return `
declare "pipeline" {
  argument "address" { }
  argument "url" { }
  prometheus.scrape "all" {
    targets         = [{"__address__" = argument.address.value, "team" = "${team}"}]
    forward_to      = [prometheus.remote_write.all.receiver]
    scrape_interval = "1s"
    scrape_timeout  = "900ms"
  }
  prometheus.remote_write "all" {
    endpoint {
      url = argument.url.value
      queue_config { batch_send_deadline = "200ms" }
    }
  }
}
`
}

function main(url: string): string {
  return `
import.file "lib" {
  filename       = file.path_join(module_path, "lib.txt")
  poll_frequency = "1s"
}
local.file "addresses" {
  filename       = file.path_join(module_path, "addresses.json")
  poll_frequency = "1s"
}
foreach "address" {
  collection = encoding.from_json(local.file.addresses.content)
  var        = "address"
  template {
    lib.pipeline "one" {
      address = address
      url     = "${url}"
    }
  }
}
`
}

/** Whether a sample of the metric came with this team since the last time that this was asked. */
function seen(receiver: Receiver, metric: string, team: string): boolean {
  const samples = receiver.attempts.splice(0).flatMap((attempt) => attempt.samples)
  return samples.some(({ labels, stale }) => labels.get('__name__') === metric && labels.get('team') === team && !stale)
}

afterAll(endEverything)

describe.each(RUNTIMES)('$title', (runtime) => {
  const it_ = it.skipIf(runtime.missing !== undefined)

  it_('follows imported files and lists, and keeps what runs when they are broken', { timeout: 60_000 }, async () => {
    const [first, second] = [await startExporter('first_series 1\n'), await startExporter('second_series 1\n')]
    const receiver = await startReceiver()
    const agent = await startAgent('', { runtime, flags: ['--stability.level=experimental'] })
    const beside = (name: string, text: string): void => writeFileSync(join(dirname(agent.configFile), name), text)
    beside('lib.txt', moduleText('red'))
    beside('addresses.json', JSON.stringify([first.address]))
    agent.configure(main(receiver.url))
    expect(await agent.get('/-/reload')).toMatchObject({ status: 200 })
    await until('what the module scrapes', 10_000, () => seen(receiver, 'first_series', 'red'))

    beside('addresses.json', JSON.stringify([first.address, second.address]))
    await until('one more target', 15_000, () => seen(receiver, 'second_series', 'red'))

    beside('lib.txt', moduleText('blue'))
    await until('the changed module', 15_000, () => seen(receiver, 'first_series', 'blue'))

    beside('lib.txt', moduleText('green').replace('targets  ', 'targetz  '))
    const health = await until('the module to be refused', 15_000, async () => {
      const { status, text } = await agent.get('/-/healthy')
      return status === 500 && text
    })
    expect(health).toContain('import.file.lib: unhealthy: the last content stays: ')
    expect(health).toContain('unrecognized attribute name "targetz"')
    receiver.attempts.splice(0)
    await until('the old module to go on', 10_000, () => seen(receiver, 'second_series', 'blue'))

    beside('lib.txt', moduleText('green'))
    await until('the mended module', 15_000, () => seen(receiver, 'second_series', 'green'))
    await until('health', 10_000, async () => (await agent.get('/-/healthy')).status === 200)
    expect((await agent.stop()).code).toBe(0)
  })

  it_('runs a prometheus.yml, and loads it again when it changes', { timeout: 60_000 }, async () => {
    const exporter = await startExporter('a_series 1\n')
    const receiver = await startReceiver()
    const text = (team: string): string => `
global: {scrape_interval: 1s, scrape_timeout: 900ms}
scrape_configs:
  - job_name: all
    static_configs: [{targets: ["${exporter.address}"], labels: {team: ${team}}}]
remote_write:
  - url: ${receiver.url}
    queue_config: {batch_send_deadline: 200ms}
`
    const flags = ['--config.format=prometheus', '--config.watch']
    const agent = await startAgent(text('red'), { runtime, flags })
    await until('what the file says', 10_000, () => seen(receiver, 'a_series', 'red'))
    agent.configure(text('blue'))
    await until('what it says now', 20_000, () => seen(receiver, 'a_series', 'blue'))
    expect((await agent.stop()).code).toBe(0)
  })
})
