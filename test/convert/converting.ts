/** What the tests of the converter share: a disk that isn't there, and short ways to convert. */
import { type Conversion, type ConvertOptions, convert } from '../../core/convert/convert.ts'
import { formatRemark } from '../../core/convert/remarks.ts'

/** Files by path. */
export function disk(files: Readonly<Record<string, string>> = {}): ConvertOptions['files'] {
  return {
    async read(path) {
      const text = files[path]
      if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`)
      return new TextEncoder().encode(text)
    },
    async list(path) {
      if (files[path] !== undefined) return undefined
      const names = Object.keys(files).filter((name) => name.startsWith(path === '.' ? '' : `${path}/`))
      if (names.length === 0) throw new Error(`ENOENT: no such file or directory, scandir '${path}'`)
      return names.map((name) => name.slice(path === '.' ? 0 : path.length + 1)).filter((name) => !name.includes('/'))
    },
  }
}

export function convertText(text: string, options: Partial<ConvertOptions> = {}): Promise<Conversion> {
  const usual: ConvertOptions = { format: 'prometheus', directory: '', clustering: false, files: disk() }
  return convert('p.yml', text, { ...usual, ...options })
}

/** The remarks without those that only tell what became of what. */
export async function remarksOf(text: string, options: Partial<ConvertOptions> = {}): Promise<readonly string[]> {
  const { remarks } = await convertText(text, options)
  return remarks
    .filter(({ weight }) => weight !== 'info')
    .map((remark) => formatRemark(remark).replaceAll('\n\t', ' | '))
}

/** A whole configuration with one job; `fields` are lines of YAML for it. */
export function job(...fields: readonly string[]): string {
  const lines = fields.map((line) => `    ${line}\n`).join('')
  return `scrape_configs:\n  - job_name: one\n${lines}    static_configs: [{targets: [a:1]}]\nremote_write: [{url: http://r/push}]\n`
}

/** The arguments of its scrape, without those that all of these have. */
export async function scrapeOf(text: string, options: Partial<ConvertOptions> = {}): Promise<readonly string[]> {
  const { text: alloy = '' } = await convertText(text, options)
  const [, body = ''] = /prometheus\.scrape "one" \{\n(.*?)\n\}\n/s.exec(alloy) ?? []
  const usual = /^(?:targets|__address__|\}\]|forward_to|job_name|$)/
  return body
    .split('\n')
    .map((line) => line.trim().replace(/ += /, ' = '))
    .filter((line) => !usual.test(line))
}
