/** docs/compliance.md: every case with its level, what skein makes of it, and what was measured of other senders. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../e2e/support/runtimes.ts'
import { type Case, LEVELS, titleOf } from './case.ts'

/** By title; undefined: not judged. */
export type Results = ReadonlyMap<string, boolean | undefined>

/** Of one sender, as it is kept in measured.json. */
interface Measured {
  readonly version: string
  /** Year-month-day. */
  readonly date: string
  readonly results: Readonly<Record<string, boolean>>
}

type Peers = Readonly<Partial<Record<'prometheus' | 'vmagent', Measured>>>

export const TABLE_FILE: string = join(ROOT, 'docs', 'compliance.md')
const MEASURED_FILE = join(ROOT, 'test', 'compliance', 'measured.json')

function measured(): Peers {
  if (!existsSync(MEASURED_FILE)) return {}
  const found = JSON.parse(readFileSync(MEASURED_FILE, 'utf8')) as Peers
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Puts what was seen of another sender next to what is known of the others. */
export function keepMeasured(name: string, version: string, results: Results): void {
  const date = new Date().toISOString().slice(0, 10)
  const known = Object.fromEntries([...results].filter(([, result]) => result !== undefined))
  const all = { ...measured(), [name]: { version, date, results: known } }
  writeFileSync(MEASURED_FILE, `${JSON.stringify(all, undefined, 2)}\n`)
}

const GENERATIONS = {
  A: 'Generation A: remote_write 2.0',
  B: 'Generation B: remote_write 2.0, its successor',
  C: 'Generation C: remote_write 1.0',
} as const

const ABOUT = {
  A: `The suite that prometheus/compliance has in remotewrite/sender: a target is scraped once a second, the sender is told to stop with
SIGINT after five seconds (other times for some), and the last request is judged. It must end with exit code 0.`,
  B: `The form of a library that follows it. The first request is judged, and may hold nothing but one scrape.`,
  C: `The suite of 1.0, which that repository no longer has. Ten seconds each, no levels.`,
} as const

/** The whole file. */
export function renderTable(cases: readonly Case[], skein: Results): string {
  const peers = measured()
  const columns = Object.entries(peers)
  const head = `<!-- Written by \`SKEIN_COMPLIANCE_WRITE=1 npm run test:compliance\`, which fails when it isn't up to date. -->

# Remote-write compliance

\`npm run test:compliance\` (test/compliance/) has all cases of the three suites for senders of remote_write that there have been. They are
ported, not copied: written anew for a mock receiver that decodes both versions by itself, and for the agent as it is built. The
last column says where one is stricter or otherwise different, and which bodies had to be repaired to mean something. In every
case at least one request must arrive, none may be unreadable, and the sender must end with exit code 0; many of the originals pass when
nothing arrives.

${summary(cases, skein)}

${columns.map(([name, one]) => about(name, one)).join('\n')}`
  const sections = (['A', 'B', 'C'] as const).map((generation) => {
    const rows = cases.filter((one) => one.generation === generation).map((one) => row(one, skein, peers))
    const names = ['test', 'case', 'level', 'skein', ...columns.map(([name]) => labelOf(name)), 'different here']
    const lines = [names, names.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
    return `## ${GENERATIONS[generation]}\n\n${ABOUT[generation]}\n\n${lines.join('\n')}\n`
  })
  return `${head}\n${sections.join('\n')}`
}

function about(name: string, { version, date }: Measured): string {
  return `${labelOf(name)} is Debian's ${version}, measured with the same cases on ${date}. It speaks 1.0 only: cases about 2.0 are left out (–), the
others are held against what it sends in 1.0. Its time begins with its first scrape, since it takes seconds until then.
`
}

function labelOf(name: string): string {
  return name === 'prometheus' ? 'Prometheus' : name
}

function row(one: Case, skein: Results, peers: Peers): string[] {
  const title = titleOf(one)
  const others = Object.values(peers).map(({ results }) => mark(results[title]))
  const own = one.deliberate === undefined ? mark(skein.get(title)) : 'deliberately not'
  const notes = [one.deliberate, one.note].filter((note) => note !== undefined).join('; ')
  return [one.test, one.name, one.level ?? '', own, ...others, notes]
}

function mark(result: boolean | undefined): string {
  return result === undefined ? '–' : result ? 'yes' : '**no**'
}

function summary(cases: readonly Case[], skein: Results): string {
  const rows = [...LEVELS, undefined].flatMap((level) => {
    const some = cases.filter((one) => one.level === level)
    const passed = some.filter((one) => one.deliberate === undefined && skein.get(titleOf(one)) === true)
    const deliberate = some.filter((one) => one.deliberate !== undefined).length
    return [`| ${level ?? '1.0, no levels'} | ${some.length} | ${passed.length} | ${deliberate} |`]
  })
  return ['| level | cases | skein complies | deliberately not |', '| --- | --- | --- | --- |', ...rows].join('\n')
}
