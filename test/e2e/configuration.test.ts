/**
 * Configurations as people get them wrong, through the real command line on every runtime: all problems at once, each with
 * its place, the lines around it and how to mend it; and what the process says and returns. Nothing is listened to.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runAgent, runProgram, startAgent } from './support/agent.ts'
import { startExporter } from './support/exporter.ts'
import { type Exit, endEverything, temporaryFolder } from './support/processes.ts'
import { startReceiver } from './support/receiver.ts'
import { type AgentRuntime, NODE, RUNTIMES } from './support/runtimes.ts'
import { until } from './support/until.ts'

const FREE_PORT = '--server.http.listen-addr=127.0.0.1:0'

/** Six mistakes of different kinds, in lines that the test below names. */
const WRONG = `prometheus.scrape "default" {
  targets          = discovery.relabel.first.output
  forward_to       = [prometheus.remote_write.elsewhere.receiver]
  scrape_intervall = "1s"
}

prometheus.relable "typo" {
  forward_to = []
}

discovery.relabel "first" {
  targets = discovery.relabel.second.output
}

discovery.relabel "second" {
  targets = discovery.relabel.first.output

  rule {
    source_labels = ["a"]
    regex         = "(unclosed"
    target_label  = "b"
  }
}

prometheus.remote_write "default" {
  endpoint {
    url            = "http://localhost/"
    remote_timeout = "soon"
  }
}
`

/** What the issue names: a syntax error, an unknown argument, a cycle, a bad regex. */
const FOUR = `prometheus.scrape "default" {
  targets    =
  forward_to = [prometheus.relabel.one.receiver]
}

prometheus.relabel "one" {
  forward_to     = [prometheus.relabel.two.receiver]
  max_cache_sise = 1
}

prometheus.relabel "two" {
  forward_to = [prometheus.relabel.one.receiver]

  rule {
    source_labels = ["a"]
    regex         = "(unclosed"
    target_label  = "b"
  }
}
`

const FOUR_TOLD = `Error: FILE:3:14: expected TERMINATOR, got =

2 |   targets    =
3 |   forward_to = [prometheus.relabel.one.receiver]
  |              ^
4 | }
  hint: the value of "targets" is missing before it

Error: FILE:6:1: cycle detected: prometheus.relabel.one, prometheus.relabel.two

5 | 
6 | prometheus.relabel "one" {
  | ^^^^^^^^^^^^^^^^^^
7 |   forward_to     = [prometheus.relabel.two.receiver]
  hint: components can only refer to each other in one direction: remove one of the references

Error: FILE:8:3: unrecognized attribute name "max_cache_sise"

7 |   forward_to     = [prometheus.relabel.two.receiver]
8 |   max_cache_sise = 1
  |   ^^^^^^^^^^^^^^
9 | }
  hint: did you mean "max_cache_size"?

Error: FILE:16:5: error parsing regexp: missing closing ): `

/** Two mistakes that a parser trips over. */
const UNREADABLE = `prometheus.scrape "default" {
  targets =
}

local.file "two" {
  filename == "a"
}
`

async function outcome(
  args: readonly string[],
  runtime: AgentRuntime = NODE,
): Promise<{ code: Exit['code']; text: string }> {
  const agent = runAgent(args, { runtime })
  const { code } = await agent.exit
  return { code, text: agent.output() }
}

function file(content: string, name = 'config.alloy'): string {
  const path = join(temporaryFolder(), name)
  writeFileSync(path, content)
  return path
}

afterAll(endEverything)

describe.each(RUNTIMES)('a wrong configuration on $title', (runtime) => {
  const it_ = it.skipIf(runtime.missing !== undefined).concurrent

  it_('is refused with every problem, its place, its lines and a hint, and exit code 1', async ({ expect }) => {
    const path = file(WRONG)
    const { code, text } = await outcome([FREE_PORT, path], runtime)
    expect(code).toBe(1)
    const places = [...text.matchAll(/^Error: (\S+?):(\d+):(\d+): (.*)$/gm)]
    expect(places.map(([, name, line, column, message]) => [name, `${line}:${column}`, message])).toEqual([
      [path, '3:23', 'component "prometheus.remote_write.elsewhere.receiver" does not exist or is out of scope'],
      [path, '4:3', 'unrecognized attribute name "scrape_intervall"'],
      [path, '7:1', 'cannot find the definition of component name "prometheus.relable"'],
      [path, '11:1', 'cycle detected: discovery.relabel.first, discovery.relabel.second'],
      [path, '20:5', expect.stringMatching(/^error parsing regexp: missing closing \)/)],
      [path, '28:22', '"soon" is not a duration: invalid duration "soon"'],
    ])
    expect(text).toContain(`3 |   forward_to       = [prometheus.remote_write.elsewhere.receiver]
4 |   scrape_intervall = "1s"
  |   ^^^^^^^^^^^^^^^^
5 | }
  hint: did you mean "scrape_interval"?
`)
    expect(text).toContain('hint: did you mean "prometheus.relabel"?')
    expect(text).not.toMatch(/^\s+at .*\(/m)
    expect(text).not.toContain('now listening')
  })

  it_('is refused with an error of syntax and all others together', async ({ expect }) => {
    const path = file(FOUR)
    const { code, text } = await outcome([FREE_PORT, path], runtime)
    expect(code).toBe(1)
    expect(text).toContain(FOUR_TOLD.replaceAll('FILE', path))
    expect(text).toContain(`16 |     regex         = "(unclosed"
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^
17 |     target_label  = "b"
`)
    expect(text.match(/^Error: /gm)).toHaveLength(4)
  })

  it_('is refused when it is no Alloy at all, with every place that is wrong', async ({ expect }) => {
    const path = file(UNREADABLE)
    const { code, text } = await outcome([FREE_PORT, path], runtime)
    expect(code).toBe(1)
    expect(text).toContain(`Error: ${path}:3:1: `)
    expect(text).toContain(`Error: ${path}:6:12: `)
  })

  it_('is named when it does not exist', async ({ expect }) => {
    const path = join(temporaryFolder(), 'missing.alloy')
    const { code, text } = await outcome([FREE_PORT, path], runtime)
    expect(code).toBe(1)
    expect(text).toMatch(new RegExp(`can't read the configuration ${path}: no such file or directory$`, 'm'))
  })

  it_('has its problems from all files of a directory', async ({ expect }) => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'ignored.alloy.d'))
    writeFileSync(join(folder, 'notes.txt'), 'not { alloy')
    writeFileSync(join(folder, 'a.alloy'), 'local.file "a" {\n  filenam = "x"\n}\n')
    writeFileSync(join(folder, 'b.alloy'), 'local.file "a" {\n  filename = "/dev/null"\n}\n')
    const { code, text } = await outcome([FREE_PORT, folder], runtime)
    expect(code).toBe(1)
    expect(text).toContain(`${join(folder, 'a.alloy')}:2:3: unrecognized attribute name "filenam"`)
    expect(text).toMatch(new RegExp(`${join(folder, 'b.alloy')}:1:1: .*already declared`))
  })
})

describe.skipIf(NODE.missing !== undefined)(`the command line (${NODE.title})`, () => {
  it.concurrent('reads a directory as one configuration', async ({ expect }) => {
    const folder = temporaryFolder()
    const exporter = await startExporter('some_series 1\n')
    const receiver = await startReceiver()
    writeFileSync(
      join(folder, '1-scrape.alloy'),
      `prometheus.scrape "a" {
  targets         = [{ "__address__" = "${exporter.address}" }]
  scrape_interval = "1s"
  scrape_timeout  = "1s"
  forward_to      = [prometheus.remote_write.b.receiver]
}`,
    )
    writeFileSync(
      join(folder, '2-write.alloy'),
      `prometheus.remote_write "b" {
  endpoint {
    url = "${receiver.url}"
  }
}`,
    )
    const agent = runAgent([FREE_PORT, folder])
    await until('a scrape', 10_000, () => exporter.scrapes.length > 0)
    expect(await agent.stop()).toMatchObject({ code: 0 })
    expect([...receiver.delivered().keys()].some((series) => series.includes('"some_series"'))).toBe(true)
  })

  it.concurrent('says that an empty directory has nothing to read', async ({ expect }) => {
    const folder = temporaryFolder()
    const { code, text } = await outcome([FREE_PORT, folder])
    expect(code).toBe(1)
    expect(text).toContain(`there is no *.alloy file in the directory ${folder}`)
  })

  it.concurrent.each<[args: readonly string[], says: RegExp]>([
    [[], /Usage: skein COMMAND/],
    [['run'], /name a configuration file/],
    [['run', 'a.alloy', 'b.alloy'], /one configuration at a time/],
    [['rum', 'a.alloy'], /unknown command "rum"; did you mean run\?/],
    [['run', '--server.http.listen-adr=:1', 'a.alloy'], /unknown flag .* did you mean --server\.http\.listen-addr\?/],
    [['run', '--server.http.listen-addr=12345', 'a.alloy'], /is host:port/],
    [['run', '--cluster.enabled', '--cluster.probe-interval=1ms', 'a.alloy'], /probe-interval is between 100ms and 1m/],
  ])('answers `skein %j` with exit code 2', async (args, says) => {
    const agent = runProgram(args)
    expect(await agent.exit).toMatchObject({ code: 2, signal: null })
    expect(agent.output()).toMatch(says)
  })

  it.concurrent('says who else has the port', async ({ expect }) => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    const { code, text } = await outcome([`--server.http.listen-addr=127.0.0.1:${port}`, file('')])
    other.close()
    expect(code).toBe(1)
    expect(text).toContain(`port ${port} is already in use`)
  })

  it.concurrent('ends at once when told twice, whatever is unsent', async ({ expect }) => {
    const exporter = await startExporter('some_series 1\n')
    const receiver = await startReceiver(() => {})
    const agent = await startAgent(`prometheus.scrape "a" {
  targets         = [{ "__address__" = "${exporter.address}" }]
  scrape_interval = "1s"
  scrape_timeout  = "1s"
  forward_to      = [prometheus.remote_write.b.receiver]
}

prometheus.remote_write "b" {
  endpoint {
    url = "${receiver.url}"
  }
}
`)
    await until('a scrape', 10_000, () => exporter.scrapes.length > 0)
    agent.signal('SIGTERM')
    const told = performance.now()
    await agent.says(/shutting down/)
    // Two signals within 200 ms would be one wish.
    await until('the flush to hang', 10_000, () => receiver.attempts.length > 0 && performance.now() - told > 250)
    agent.signal('SIGTERM')
    const exit = await agent.exit
    expect(exit).toMatchObject({ code: 143, signal: null })
    expect(exit.tookMs).toBeLessThan(1000)
  })
})
