/** What the doctor and its page tell people to look at exists: metrics, flags, and a section for each trouble. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { diagnose } from '../../core/fleet/doctor/doctor.ts'
import { listed } from '../../core/fleet/doctor/words.ts'
import { ago, reportsOf, world } from './doctor-world.ts'

const ROOT = new URL('../../', import.meta.url)

function textOf(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8')
}

function textsIn(folder: string): string {
  return readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => textOf(`${folder}/${name.replaceAll('\\', '/')}`))
    .join('\n')
}

const PAGE = textOf('docs/troubleshooting.md')
const TOLD = `${textsIn('core/fleet/doctor')}\n${PAGE}`

it('metrics', () => {
  const exposed = ['core/cluster/metrics.ts', 'core/cluster/transport-metrics.ts', 'core/graph/metrics.ts']
    .map(textOf)
    .join('\n')
  const named = new Set(TOLD.match(/\b(?:cluster|alloy)_[a-z_]+/g))
  expect(named.size).toBeGreaterThan(10)
  for (const name of named) {
    // Those of the transport are put together from a prefix and an ending.
    const known = exposed.includes(`'${name}'`) || exposed.includes(`'${name.replace(/_(packets|bytes)_total$/, '')}'`)
    expect([name, known]).toEqual([name, true])
  }
})

it('flags', () => {
  const flags = textOf('adapters/cli/cluster-flags.ts')
  const named = new Set([...TOLD.matchAll(/--cluster\.([a-z-]+)/g)].map(([, name]) => name))
  expect(named.size).toBeGreaterThan(8)
  for (const name of named) expect([name, flags.includes(`'${name}'`)]).toEqual([name, true])
})

it('sections', () => {
  const anchors = [...PAGE.matchAll(/^## (.*)$/gm)].map(([, title]) => title.toLowerCase().replaceAll(' ', '-'))
  const { checks } = diagnose(reportsOf(world({ names: ['a'] })), ago(0))
  expect(anchors).toEqual(checks.map(({ id }) => id))
})

it('names in a sentence', () => {
  expect(listed([])).toBe('')
  expect(listed(['a'])).toBe('a')
  expect(listed(['a', 'b', 'c'])).toBe('a, b and c')
  expect(listed(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('a, b, c, d, e and 2 more')
})
