/**
 * Pairs of what goes in and what comes out, in test/fixtures/convert: NAME.yml, NAME.alloy (absent when nothing comes out) and
 * NAME.diags. Those called static-* are of the agent's static mode. With SKEIN_WRITE_GOLDEN=1 they are written anew.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { env } from 'node:process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { convert } from '../../core/convert/convert.ts'
import { formatRemarks, hasWeight } from '../../core/convert/remarks.ts'
import { parseFile } from '../../core/syntax/parser.ts'
import { printFile } from '../../core/syntax/printer.ts'
import { disk } from './converting.ts'

const FOLDER = fileURLToPath(new URL('../fixtures/convert/', import.meta.url))
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.yml'))
  .map((file) => file.replace(/\.yml$/, ''))

function written(name: string): string | undefined {
  const path = join(FOLDER, name)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

describe('golden pairs', () => {
  it('are many', () => {
    expect(names.length).toBeGreaterThanOrEqual(25)
  })

  it.each(names)('%s', async (name) => {
    const { text, remarks } = await convert(`${name}.yml`, readFileSync(join(FOLDER, `${name}.yml`)), {
      format: name.startsWith('static-') ? 'static' : 'prometheus',
      directory: '/etc/agent',
      clustering: false,
      files: disk(),
    })
    if (env['SKEIN_WRITE_GOLDEN'] === '1') {
      if (text !== undefined) writeFileSync(join(FOLDER, `${name}.alloy`), text)
      writeFileSync(join(FOLDER, `${name}.diags`), formatRemarks(remarks))
    }
    expect(formatRemarks(remarks)).toBe(written(`${name}.diags`))
    expect(text).toBe(written(`${name}.alloy`))
    expect(text === undefined).toBe(hasWeight(remarks, 'critical'))
    if (text === undefined) return
    const parsed = parseFile('', text)
    expect(parsed.ok && printFile(parsed.file)).toBe(text)
  })
})
