/** The golden inputs that should be valid are, says Prometheus itself, as far as Debian's version knows their fields. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const { peersFolder } = (await import(/* @vite-ignore */ new URL('../../scripts/peers.mjs', import.meta.url).href)) as {
  peersFolder(): string
}

const FOLDER = fileURLToPath(new URL('../fixtures/convert/', import.meta.url))
const promtool = join(peersFolder(), 'root', 'usr', 'bin', 'promtool')

/** Of static mode, of later versions of Prometheus, or with discoveries that Debian leaves out. */
const NOT_FOR_IT = /^(?:static-|newer-|histograms|kubernetes|service-discoveries|other-discoveries|anchors)/
const INVALID = /^(?:misspelled|wrong-values|not-yaml|twice-the-same-key)/

const names = readdirSync(FOLDER).filter((file) => file.endsWith('.yml') && !NOT_FOR_IT.test(file))

describe.skipIf(!existsSync(promtool))('promtool, fetched by npm run peers', () => {
  it.each(names)('%s', (name) => {
    const { status, stdout, stderr } = spawnSync(promtool, ['check', 'config', '--syntax-only', join(FOLDER, name)], {
      encoding: 'utf8',
      timeout: 30_000,
    })
    expect({ valid: status === 0, says: `${stdout}${stderr}` }).toMatchObject({ valid: !INVALID.test(name) })
  })
})
