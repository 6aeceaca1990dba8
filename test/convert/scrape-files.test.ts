import { describe, expect, it } from 'vitest'
import { convertText, disk, remarksOf } from './converting.ts'

const jobs = (...names: string[]): string =>
  `scrape_configs:\n${names.map((name) => `  - {job_name: ${name}, static_configs: [{targets: ["${name}:1"]}], bearer_token_file: t}\n`).join('')}`
const config = (...patterns: string[]): string =>
  `scrape_config_files: ${JSON.stringify(patterns)}\nremote_write: [{url: http://r}]\n`
const FILES = {
  'conf/jobs/b.yml': jobs('b1', 'b2'),
  'conf/jobs/a.yml': jobs('a'),
  'conf/jobs/notes.txt': 'no jobs',
  'conf/single.yaml': jobs('single'),
  '/abs/c1.yml': jobs('c1'),
  '/abs/c2.yml': jobs('c2'),
}
const options = (files: Readonly<Record<string, string>> = FILES) => ({ directory: 'conf', files: disk(files) })
const jobNames = async (...patterns: string[]) => {
  const { text = '' } = await convertText(config(...patterns), options())
  return [...text.matchAll(/job_name += "(.*)"/g)].map(([, name]) => name)
}

describe('scrape_config_files', () => {
  it.each([
    [['jobs/*.yml'], ['a', 'b1', 'b2']],
    [
      ['jobs/[b-z].yml', 'single.yaml'],
      ['b1', 'b2', 'single'],
    ],
    [['/abs/c?.yml'], ['c1', 'c2']],
    [['./single.yaml'], ['single']],
  ])('%j', async (patterns, expected) => {
    expect(await jobNames(...patterns)).toEqual(expected)
  })

  it('takes paths in a file to begin at that file', async () => {
    const { text } = await convertText(config('jobs/a.yml', '/abs/c1.yml'), options())
    expect(text).toContain('credentials_file = "conf/jobs/t"')
    expect(text).toContain('credentials_file = "/abs/t"')
  })

  it('adds to the jobs of the file itself, under the same global settings', async () => {
    const text = `global: {scrape_interval: 5s}\nscrape_configs: [{job_name: own}]\n${config('jobs/a.yml')}`
    const { text: alloy = '' } = await convertText(text, options())
    expect(alloy.match(/scrape_interval += "5s"/g)).toHaveLength(2)
  })

  it.each([
    [['none/*.yml'], {}, '(Warning) p.yml:1:1: no file matches "none/*.yml" of scrape_config_files'],
    [['gone.yml'], {}, "(Critical) p.yml:1:1: can't read conf/gone.yml of scrape_config_files: ENOENT"],
    [
      ['*/a.yml'],
      {},
      '(Critical) p.yml:1:1: "conf/*/a.yml" is not a valid scrape config file path | only the last part',
    ],
    [['x.yml'], { 'conf/x.yml': '- a\n' }, '(Critical) conf/x.yml:1:1: a file of scrape_config_files must be a map'],
    [['x.yml'], { 'conf/x.yml': 'a: [\n' }, '(Critical) conf/x.yml:2:1: failed to parse YAML'],
    [
      ['x.yml'],
      { 'conf/x.yml': `${jobs('a')}remote_write: []\n` },
      '(Warning) conf/x.yml:3:1: unknown field "remote_write"',
    ],
    [
      ['x.yml', 'y.yml'],
      { 'conf/x.yml': jobs('a'), 'conf/y.yml': `\n${jobs('a')}` },
      '(Critical) conf/y.yml:3:6: found multiple scrape configs with job name "a" | the other one is at conf/x.yml:2',
    ],
  ] as const)('%j of %j', async (patterns, files, expected) => {
    const remarks = await remarksOf(config(...patterns), options(files))
    expect(remarks.filter((line) => line.startsWith(expected))).toHaveLength(1)
  })

  it('ends somewhere', async () => {
    const long = { 'conf/a.yml': '#'.repeat(2_500_000), 'conf/b.yml': '#'.repeat(2_500_000) }
    expect(await remarksOf(config('*.yml'), options(long))).toContainEqual(expect.stringContaining('are too large'))
  })
})
