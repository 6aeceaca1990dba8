/** `skein targets` and `skein explain`: what they ask, and what they print for an answer. */
import { afterEach, describe, expect, it } from 'vitest'
import { commandTable } from '../../../adapters/cli/command-table.ts'
import type { ExplainAnswer, TargetRow } from '../../../core/api/targets.ts'
import { QUESTIONS } from '../../../core/http/questions.ts'
import { MAX_TARGETS_PAGED } from '../../../core/limits.ts'
import { explanation, STAGES, target, targetsPage } from './api-fixtures.ts'
import { type FakeApi, type Outcome, type Respond, serveApi, skein } from './fake-api.ts'

const running: FakeApi[] = []
afterEach(async () => {
  for (const api of running.splice(0)) await api.close()
})

interface Seen extends Outcome {
  readonly asked: readonly string[]
}

async function ask(value: unknown, ...argv: string[]): Promise<Seen> {
  return askIn(undefined, value, ...argv)
}

async function askIn(columns: number | undefined, value: unknown, ...argv: string[]): Promise<Seen> {
  const api = await serveApi({ [`/api/v1/${argv[0]}`]: value })
  running.push(api)
  const outcome = await skein([...argv, `--address=${api.address}`], { color: false, columns })
  return { ...outcome, asked: api.asked.map((url) => decodeURIComponent(url.replaceAll('+', ' '))) }
}

const DOWN = target('10.0.0.8', { health: 'down', error: 'connection refused', samples: 0, owner: 'n1' })
const UNTOLD = target('10.0.0.9', { health: 'unknown', url: '', toldBy: null, lastScrape: null, owner: 'n3' })

describe('targets', () => {
  it('shows a page', async () => {
    const page = targetsPage([target('10.0.0.7'), DOWN, UNTOLD], {
      total: 500,
      matched: 12,
      unanswered: [{ node: 'n3', reason: 'no answer within 3 s' }],
    })
    expect(await ask(page, 'targets')).toEqual({
      code: 0,
      err: '',
      asked: ['/api/v1/targets?sort=url&limit=100'],
      out: `HEALTH   URL                           JOB   OWNER  LAST SCRAPE  DURATION  SAMPLES  ERROR
up       http://10.0.0.7:9100/metrics  node  n2     12s ago          34ms      512
down     http://10.0.0.8:9100/metrics  node  n1     12s ago          34ms        0  connection refused
unknown  10.0.0.9:9100                 node  n3     -                   -        -

12 of 500 targets match: 1 up, 1 down, 1 unknown.
Shown: the first 3; --limit=0 shows all.
Not told by n3: no answer within 3 s. What it scrapes is shown as unknown.
`,
    })
  })

  it('says an error without the URL that stands beside it', async () => {
    const error = `Get "${DOWN.url}": context deadline exceeded`
    const { out } = await ask(
      targetsPage([
        { ...DOWN, error },
        { ...UNTOLD, error },
      ]),
      'targets',
    )
    expect(out).toContain('0  context deadline exceeded\n')
    expect(out).toContain(`-  ${error}\n`)
  })

  it('says when none matches, and where to look', async () => {
    const none = targetsPage([], { total: 32 })
    expect((await ask(none, 'targets', '--health=down')).out).toBe('None of 32 targets matches.\n')
    expect((await ask(none, 'targets', 'job=x')).out).toBe(
      'None of 32 targets matches.\nIf relabelling dropped it, skein explain with the same words tells how.\n',
    )
  })

  it('asks as it was told', async () => {
    const argv = ['targets', 'job=node', '10.0.*', '--health=down', '--owner=n1', '--component=c', '--sort=samples']
    const { asked, out } = await ask(targetsPage([]), ...argv, '--descending', '--limit=7', '--scope=node')
    expect(asked).toEqual([
      '/api/v1/targets?search=job=node 10.0.*&health=down&owner=n1&component=c&sort=samples&order=desc&scope=node&limit=7',
    ])
    expect(out).toBe('0 targets: 0 up, 0 down, 0 unknown.\n')
    const { parameters } = QUESTIONS.targets
    const names = [...new URLSearchParams(asked[0].replace(/.*\?/, '')).keys()]
    expect(Object.keys(parameters)).toEqual(expect.arrayContaining(names))
    const flags = commandTable().find(({ command }) => command === 'targets')?.flags ?? []
    for (const name of ['sort', 'health', 'scope'] as const) {
      expect(flags.find((flag) => flag.name === name)?.values).toEqual(parameters[name].kind)
    }
  })

  it('fits a terminal, and is never cut in a pipe', async () => {
    const page = targetsPage([target('host'.repeat(20), { error: 'an error '.repeat(12).trimEnd() })])
    for (const line of (await askIn(120, page, 'targets')).out.split('\n')) expect([...line].length).toBeLessThan(121)
    expect(
      (await askIn(80, page, 'targets')).out,
    ).toBe(`HEALTH  URL                                    JOB   OWNER  LAST SCRAPE  SAMPLES
up      http://hosthosthosthosthosthosthosth…  node  n2     12s ago          512
    ${'an error '.repeat(8)}an
    error ${'an error '.repeat(3).trimEnd()}

1 target: 1 up, 0 down, 0 unknown.
`)
    const slow = (await askIn(80, page, 'targets', '--sort=duration')).out
    expect(slow).toContain('OWNER  LAST SCRAPE  DURATION\n')
    const { out } = await ask(page, 'targets')
    expect(out).toContain(page.targets[0].url)
    expect(out).toContain(page.targets[0].error)
  })

  /** A node with this many targets, which gives 400 at a time at most. */
  function paged(total: number): Respond {
    const all = Array.from({ length: total }, (_, at) => target(`host-${at}`))
    return (request, response) => {
      const query = new URL(request.url ?? '', 'http://a').searchParams
      const offset = Number(query.get('offset') ?? 0)
      const rows: readonly TargetRow[] = all.slice(offset, offset + Math.min(400, Number(query.get('limit'))))
      response.end(JSON.stringify(targetsPage(rows, { total, matched: total })))
    }
  }

  it('fetches all pages, however long the node makes them', async () => {
    const { code, out, asked } = await ask(paged(1_100), 'targets', '--limit=0')
    expect(code).toBe(0)
    expect(asked.map((url) => /offset=(\d+)/.exec(url)?.[1])).toEqual([undefined, '400', '800'])
    const names = out.match(/host-\d+:9100\/metrics/g)
    expect(new Set(names).size).toBe(1_100)
    expect(out).not.toContain('Shown:')
    const json = await ask(paged(1_100), 'targets', '--limit=1050', '--json')
    expect(JSON.parse(json.out).targets).toHaveLength(1_050)
  })

  it('asks for no page that a node refuses', async () => {
    const { code, err, asked } = await ask(targetsPage([]), 'targets', `--limit=${MAX_TARGETS_PAGED + 1}`)
    expect({ code, asked }).toEqual({ code: 2, asked: [] })
    expect(err).toContain('--limit is a number of targets up to 100000, or 0 for all')
  })

  it('ends when a node promises more than it has, or stops in the middle', async () => {
    const liar: Respond = (request, response) => {
      const isFirst = !request.url?.includes('offset')
      response.end(JSON.stringify(targetsPage(isFirst ? [target('a')] : [], { matched: 9_999 })))
    }
    const { code, asked } = await ask(liar, 'targets', '--limit=0')
    expect({ code, asks: asked.length }).toEqual({ code: 0, asks: 2 })
    const broken: Respond = (request, response) => {
      if (request.url?.includes('offset')) response.writeHead(500).end('oh\n')
      else response.end(JSON.stringify(targetsPage([target('a')], { matched: 2 })))
    }
    const second = await ask(broken, 'targets', '--limit=0')
    expect(second).toMatchObject({ code: 1, out: '' })
    expect(second.err).toContain('answers 500 Internal Server Error: oh')
  })
})

describe('explain', () => {
  const ONE: ExplainAnswer = { found: 'one', explanation: explanation() }

  it('tells the whole story', async () => {
    expect(await ask(ONE, 'explain', 'instance=10.0.0.7:9100')).toEqual({
      code: 0,
      err: '',
      asked: ['/api/v1/explain?search=instance=10.0.0.7:9100'],
      out: `http://10.0.0.7:9100/metrics
  component  prometheus.scrape.nodes
  key        00c0ffee00c0ffee
  labels     instance="10.0.0.7:9100"
             job="node"

Who scrapes it
  n2 has the next token on the ring after the key of the target. Since 2026-01-02 11:00:00, when n4 left.
  owner      n2
  token      00c0ffff12345678 on the ring took the key
  next       n3, then n1, if n2 leaves
  asked      n1, which does not scrape it

The last scrape
  up         12s ago, in 34ms, 512 samples; every 15s, says n2

How it got its labels
  discovery.relabel.nodes
      __address__="10.0.0.7:9100"
      __meta_zone="a"
    1. replace [__address__] (.*) -> instance = $1
      + instance="10.0.0.7:9100"
    2. labeldrop __meta_none
    3. labeldrop __meta_.*
      - __meta_zone="a"
`,
    })
  })

  it('tells what is missing: an owner that does not answer, a hold, an error', async () => {
    const { out } = await ask(
      {
        found: 'one',
        explanation: explanation({
          target: { ...DOWN, owner: null, toldBy: null },
          hold: { kind: 'joining' },
          token: null,
          runnersUp: [],
          local: true,
          relabelling: [],
        }),
      },
      'explain',
      'x',
    )
    expect(out).toContain(
      '  on hold    n1: it is joining: its peers are not found yet\n  asked      n1, which scrapes it\n',
    )
    expect(out).toContain('  down       12s ago, in 34ms, 0 samples; every 15s\n  error      connection refused\n')
    expect(out).not.toContain('owner')
    expect(out).not.toContain('How it got')
    const untold = await ask(
      { found: 'one', explanation: explanation({ target: UNTOLD, unanswered: 'connection refused' }) },
      'explain',
      'x',
    )
    expect(untold.out).toContain('The last scrape\n  unknown    its owner could not be asked: connection refused\n')
    const never = await ask({ found: 'one', explanation: explanation({ target: UNTOLD }) }, 'explain', 'x')
    expect(never.out).toContain('The last scrape\n  There was none yet.\n')
    const wrong = explanation({ target: { ...UNTOLD, error: 'no address' }, local: false })
    const { out: impossible } = await ask({ found: 'one', explanation: wrong }, 'explain', 'x')
    expect(impossible).toContain('The last scrape\n  error      no address\n')
  })

  it('takes a key for one, and a component', async () => {
    const { asked } = await ask(ONE, 'explain', '00C0FFEE00c0ffee', 'job=a', '--component=prometheus.scrape.nodes')
    expect(asked).toEqual(['/api/v1/explain?search=key=00c0ffee00c0ffee job=a&component=prometheus.scrape.nodes'])
  })

  it('lists several, and says how to name one', async () => {
    const targets = [target('10.0.0.7'), target('10.0.0.8', { key: 'ff00000000000000', owner: null })]
    const { code, out } = await ask({ found: 'several', matched: 12, targets }, 'explain', '10.0.0')
    expect({ code, out }).toEqual({
      code: 0,
      out: `12 targets match; the first 2:

KEY               COMPONENT                URL                           JOB   OWNER
00c0ffee00c0ffee  prometheus.scrape.nodes  http://10.0.0.7:9100/metrics  node  n2
ff00000000000000  prometheus.scrape.nodes  http://10.0.0.8:9100/metrics  node  -

Say more words, or name one by its key:
  skein explain 00c0ffee00c0ffee --component=prometheus.scrape.nodes
`,
    })
  })

  it('fails when none matches, and shows which rule dropped those that did', async () => {
    const none = await ask({ found: 'none', dropped: [], unanswered: [] }, 'explain', 'x')
    expect(none).toMatchObject({ code: 1, out: 'No target matches, and relabelling dropped none that does.\n' })
    const stages = [
      STAGES[0],
      {
        component: 'prometheus.scrape.nodes',
        input: { a: 'b' },
        steps: [{ rule: 'keep [job] node', changes: [], dropped: true }],
        output: null,
      },
    ]
    const dropped = await ask(
      {
        found: 'none',
        dropped: [{ sentence: 'Rule 1 of prometheus.scrape.nodes dropped it.', stages }],
        unanswered: [{ node: 'n3', reason: 'connection refused' }],
      },
      'explain',
      'x',
    )
    expect(dropped.code).toBe(1)
    expect(dropped.out).toBe(`No target matches; relabelling dropped this one:

Rule 1 of prometheus.scrape.nodes dropped it.
  discovery.relabel.nodes
      __address__="10.0.0.7:9100"
      __meta_zone="a"
    1. replace [__address__] (.*) -> instance = $1
      + instance="10.0.0.7:9100"
    2. labeldrop __meta_none
    3. labeldrop __meta_.*
      - __meta_zone="a"
  prometheus.scrape.nodes
    1. keep [job] node
      dropped

Not told by n3: connection refused. What it scrapes was searched as far as others know it.
`)
    expect((await ask({ found: 'none', dropped: [], unanswered: [] }, 'explain', 'x', '--json')).code).toBe(1)
  })

  it('obeys nothing that a target says', async () => {
    const evil = target('10.0.0.7', {
      labels: { '\x1b]0;x\x07': '\x1b[2J\n"' },
      error: '\u202e',
      health: '\x1bup' as 'up',
    })
    const { out } = await ask({ found: 'one', explanation: explanation({ target: evil }) }, 'explain', 'x')
    expect(out).not.toMatch(/[\x1b\x07\u202e]/)
    expect(out).toContain('\\u001b]0;x\\u0007="\\u001b[2J\\n\\""\n')
  })
})
