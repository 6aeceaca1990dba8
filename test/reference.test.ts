/** docs/reference says what there is, as it is now; what it shows as an example is right. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { checkConfiguration } from '../core/agent-check.ts'
import { COMPONENTS } from '../core/components/index.ts'
import { parseFile } from '../core/syntax/parser.ts'
import { printFile } from '../core/syntax/printer.ts'
import type { Field, Fields } from '../core/syntax/schema.ts'
import { FACTS } from '../scripts/reference/facts.ts'
import { EXAMPLES, exampleOf, referenceFiles } from '../scripts/reference/files.mjs'
import { answer, fakePorts } from './components/fake-ports.ts'
import { createWorld } from './components/world.ts'

const FOLDER = fileURLToPath(new URL('../docs/reference/', import.meta.url))
const files = referenceFiles(FACTS)

/** What Alloy 1.18 has. */
const ALLOY = {
  flags: `cluster.advertise-address cluster.advertise-interfaces cluster.discover-peers cluster.enable-tls cluster.enabled cluster.join-addresses cluster.max-join-peers cluster.name cluster.node-name cluster.rejoin-interval cluster.tls-ca-path cluster.tls-cert-path cluster.tls-key-path cluster.tls-server-name cluster.use-discovery-v1 cluster.wait-for-size cluster.wait-timeout config.bypass-conversion-errors config.extra-args config.format disable-reporting feature.community-components.enabled feature.component-shutdown-deadline feature.prometheus.direct-fanout.enabled feature.prometheus.metric-validation-scheme server.http.disable-support-bundle server.http.enable-graphql server.http.enable-graphql-playground server.http.enable-pprof server.http.listen-addr server.http.memory-addr server.http.ui-path-prefix stability.level storage.path windows.priority`,
  blocks:
    'argument declare export foreach http import.file import.git import.http import.string livedebugging logging remotecfg tracing',
  functions: `array.combine_maps array.concat array.group_by coalesce convert.nonsensitive encoding.from_json encoding.from_yaml
    encoding.to_json encoding.from_base64 encoding.to_base64 encoding.from_URLbase64 encoding.to_URLbase64 encoding.url_encode
    encoding.url_decode file.path_join json_path string.format string.join string.replace string.split string.to_lower
    string.to_upper string.trim_space string.trim string.trim_prefix string.trim_suffix sys.env`,
  oldFunctions: `env nonsensitive concat json_decode yaml_decode base64_decode format join replace split to_lower to_upper trim
    trim_prefix trim_suffix trim_space`,
} as const

/** Fields of all depths that say nothing about themselves, by their way in. */
function undocumented(fields: Fields, path: string): string[] {
  return Object.entries(fields).flatMap(([name, field]: [string, Field<unknown>]) => {
    const here = `${path} ${name}`
    if (field.kind === 'unavailable') return field.reason === '' ? [here] : []
    const inner = field.kind === 'attribute' ? [] : undocumented(field.schema.fields, here)
    return field.doc === '' && field.kind !== 'squash' ? [here, ...inner] : inner
  })
}

describe('the files of the reference', () => {
  it('are those that there should be', () => {
    expect(readdirSync(FOLDER).sort()).toEqual([...files.keys()].sort())
  })

  it.each([...files.keys()])('%s is current: run node scripts/reference.mjs after a change', (name) => {
    expect(readFileSync(FOLDER + name, 'utf8')).toBe(files.get(name))
  })

  it('link to headings that exist', () => {
    const headings = new Map([...files].map(([name, text]) => [name, headingsOf(text)]))
    for (const [name, text] of files) {
      expect(new Set(headings.get(name)).size, name).toBe(headings.get(name)?.length)
      for (const [, page, anchor] of text.matchAll(/\]\(((?!\.\.)[^)#]*)(?:#([^)]*))?\)/g)) {
        const target = page === '' ? name : page
        expect([...files.keys()], `${name} links to it`).toContain(target)
        if (anchor !== undefined) expect(headings.get(target), `${name} links to it`).toContain(anchor)
      }
    }
  })

  it('describe everything to programs as well', () => {
    const description = JSON.parse(files.get('components.json') ?? '')
    expect(description.components.map(({ name }: { name: string }) => name)).toEqual(COMPONENTS.map(({ name }) => name))
    const scrape = description.components.find(({ name }: { name: string }) => name === 'prometheus.scrape')
    expect(scrape.attributes).toContainEqual({
      name: 'scrape_interval',
      type: 'duration',
      required: false,
      default: '"1m0s"',
      doc: 'How often each target is scraped.',
    })
    expect(scrape.attributes).toContainEqual(expect.objectContaining({ name: 'scheme', values: ['http', 'https'] }))
    expect(scrape.blocks).toContainEqual(expect.objectContaining({ name: 'tls_config', shared: 'tls_config' }))
    expect(description.shared.tls_config.attributes).toContainEqual(
      expect.objectContaining({ name: 'key_pem', type: 'secret', secret: true }),
    )
  })
})

function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  )
}

describe('what is said', () => {
  it('finds a word on every argument and block', () => {
    const all = [...FACTS.components, ...FACTS.blocks]
    expect(all.flatMap(({ name, schema }) => undocumented(schema.fields, name))).toEqual([])
    expect(FACTS.blocks.filter(({ does }) => does === '').map(({ name }) => name)).toEqual([])
  })

  it('finds a word on every component: give it `about`', () => {
    expect(COMPONENTS.filter(({ about }) => about === undefined).map(({ name }) => name)).toEqual([])
  })
})

describe('the table of what Alloy has', () => {
  const page = files.get('language.md') ?? ''

  it.each([
    ['flag', ALLOY.flags, (name: string) => `| \`--${name}\``],
    ['block', ALLOY.blocks, (name: string) => `\`${name}`],
    ['function', ALLOY.functions, (name: string) => `| \`${name}(`],
    ['old name', ALLOY.oldFunctions, (name: string) => `\`${name}\` |`],
  ] as const)('has every %s', (_, names, cell) => {
    for (const name of names.split(/\s+/)) expect(page).toContain(cell(name))
  })
})

describe('examples', () => {
  it('are there for every component: write scripts/reference/examples/<name>.alloy', () => {
    expect(
      readdirSync(EXAMPLES)
        .map((file) => file.replace(/\.alloy$/, ''))
        .sort(),
    ).toEqual(COMPONENTS.map(({ name }) => name).sort())
  })

  it.each(readdirSync(EXAMPLES))('%s is right, formatted, and shows the component', async (file) => {
    const name = file.replace(/\.alloy$/, '')
    const text = exampleOf(name) ?? ''
    expect(text).toContain(`${name} "`)
    const parsed = parseFile(file, text)
    expect(parsed.ok && printFile(parsed.file)).toBe(text)
    const { ports, files } = fakePorts()
    files.put('/config.alloy', text)
    const stability = COMPONENTS.find((one) => one.name === name)?.stability ?? 'experimental'
    const checked = await checkConfiguration({ configPath: '/config.alloy', stability, version: '1' }, ports)
    expect(checked).toEqual({ ok: true, diagnostics: [], text: '' })
  })

  it.each(COMPONENTS)('$name exports what is said, neither more nor less', async ({ name, about }) => {
    const text = exampleOf(name) ?? ''
    const world = createWorld()
    Object.assign(world.ports.host.env, { KUBERNETES_SERVICE_HOST: 'kubernetes', KUBERNETES_SERVICE_PORT: '443' })
    for (const file of ['token', 'ca.crt'])
      world.files.put(`/var/run/secrets/kubernetes.io/serviceaccount/${file}`, 'text')
    for (const [, path] of text.matchAll(/"(\/[^"*]+)"/g)) world.files.put(path, 'text')
    for (const [, host] of text.matchAll(/"https?:\/\/([^/"]+)/g)) world.hosts.set(host, () => answer('text'))
    expect(await world.load(text)).toMatchObject({ ok: true })
    const label = new RegExp(`^${name.replaceAll('.', '\\.')} "(\\w+)"`, 'm').exec(text)?.[1]
    const exported = world.graph.component(`${name}.${label}`)?.exports.map((field) => field.name)
    await world.stop()
    expect(exported).toEqual(about?.exports.map((field) => field.name))
  })
})
