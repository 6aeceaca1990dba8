/**
 * The page docs/reference/components.md, made of what the components' schemas say of themselves: arguments, types,
 * defaults, blocks, and what is refused so far. Schemas know nothing of exports, so those are listed here;
 * test/reference.test.ts compares them with what the components really export.
 */

/** What is there to say of a component besides its arguments. Exports: name, type, what it is. */
export const ABOUT = {
  'discovery.relabel': {
    does: 'Rewrites the labels of targets, or drops targets, before they are scraped.',
    exports: [
      ['output', 'list(map(string))', 'The targets that are left, with their new labels.'],
      ['rules', 'RelabelRules', 'The rules. No component of this version takes them.'],
    ],
  },
  'local.file': {
    does: 'Reads a file and keeps its content current. The file must be readable when the configuration is loaded; if it can not be read later, the last content stays in force and the component is unhealthy.',
    exports: [['content', 'secret | string', 'The content of the file, as it is: a newline at its end is part of it.']],
  },
  'prometheus.exporter.self': {
    does: "Makes skein's own metrics a target. They are scraped in memory, without a socket.",
    exports: [['targets', 'list(map(string))', 'One target, with the labels `job` and `instance`.']],
  },
  'prometheus.relabel': {
    does: 'Rewrites the labels of the series that pass through, or drops series. Each series is asked about once, not each sample.',
    exports: [
      ['receiver', 'MetricsReceiver', 'What other components forward to.'],
      ['rules', 'RelabelRules', 'The rules. No component of this version takes them.'],
    ],
  },
  'prometheus.remote_write': {
    does: 'Sends samples to receivers by remote_write 1.0. What waits to be sent is kept in memory: see [Operations](../operations.md).',
    exports: [['receiver', 'MetricsReceiver', 'What other components forward to.']],
  },
  'prometheus.scrape': {
    does: 'Scrapes targets and forwards their samples.',
    exports: [],
  },
}

const INTRO = `# Components

<!-- Made by scripts/reference.mjs from the components' schemas. Change them there, then run: node scripts/reference.mjs -->

What a configuration can use, with every argument. Anything else is an error that names file, line and column; so is
what the tables list under “refused so far”, unless it is set to its default. \`skein run\` tells all problems of a
configuration at once. For the blocks that are not components, see [Operations](../operations.md#logs) (\`logging\`) and
[Compatibility](../compatibility.md) (all others).

Types: \`duration\` is text such as \`"30s"\` or \`"1m30s"\` (the longest unit is \`h\`); \`size\` is text such as \`"10MB"\`, where
KB and KiB are both 1024 bytes; \`secret\` takes text as well and is never shown; \`uint\` is a whole number from 0 on.
Targets, \`map(string)\`, are objects of labels. Numbers turn into text, and text into numbers, where the other is needed.
`

/** `occurs` of a block, for people. */
const OCCURS = {
  required: 'once',
  optional: 'once or never',
  defaulted: 'once or never',
  repeated: 'any number of times',
}

/**
 * @param {readonly import('./page.d.mts').DocumentedComponent[]} components
 * @returns {string} Markdown
 */
export function referencePage(components) {
  const shared = sharedBlocks(components)
  const named = components.map((component) => `- [${component.name}](#${slug(component.name)})`)
  const parts = [INTRO, [...named, '- [Shared blocks](#shared-blocks)'].join('\n') + '\n']
  for (const component of components) parts.push(...componentParts(component, shared))
  parts.push('## Shared blocks\n\nThe same wherever they stand. A `write_relabel_config` block is a `rule`.\n')
  for (const [schema, name] of shared) parts.push(...blockParts(schema, name, [], '###', shared))
  return parts.join('\n')
}

function componentParts({ name, stability, schema }, shared) {
  const about = ABOUT[name]
  if (about === undefined) throw new Error(`scripts/reference/page.mjs says nothing about ${name}`)
  const exports =
    about.exports.length === 0
      ? 'It exports nothing.\n'
      : table(
          ['export', 'type', ''],
          about.exports.map(([field, type, doc]) => [code(field), code(type), doc]),
        )
  const head = [`## ${name}\n`, `${about.does}\n`]
  if (stability !== 'generally-available') head.push(`Needs \`--stability.level=${stability}\`.\n`)
  return [...head, exports, ...bodyParts(schema, [], shared)]
}

/** One block and, below it, the blocks in it that no other place shares. */
function blockParts(schema, name, path, level, shared) {
  const where = path.length === 0 ? '' : ` in ${path.map((outer) => code(outer)).join(' in ')}`
  return [`${level} ${code(name)}${where}\n`, ...bodyParts(schema, [name, ...path], shared)]
}

function bodyParts(schema, path, shared) {
  const fields = fieldsOf(schema)
  const attributes = fields.filter(([, field]) => field.kind === 'attribute')
  const blocks = fields.filter(([, field]) => field.kind === 'block')
  const refused = fields.filter(([, field]) => field.kind === 'unavailable')
  const parts = []
  if (attributes.length > 0) parts.push(table(['argument', 'type', 'default', ''], attributes.map(attributeRow)))
  if (blocks.length > 0)
    parts.push(
      table(
        ['block', 'stands', ''],
        blocks.map((entry) => blockRow(entry, path, shared)),
      ),
    )
  if (refused.length > 0) parts.push(table(['refused so far', 'default', 'why'], refused.map(refusedRow)))
  if (parts.length === 0) parts.push('It takes no arguments.\n')
  for (const [name, { schema: inner }] of blocks) {
    if (!shared.has(inner)) parts.push(...blockParts(inner, name, path, '###', shared))
  }
  return parts
}

function attributeRow([name, { type, required, fallback, doc }]) {
  const value = required ? '**required**' : fallback === undefined ? '' : code(type.format(fallback))
  return [code(name), code(type.name), value, doc]
}

function blockRow([name, { schema, occurs, doc }], path, shared) {
  const heading = shared.get(schema) ?? [name, ...path].join(' in ')
  return [`[${code(name)}](#${slug(heading)})`, OCCURS[occurs], doc]
}

function refusedRow([name, { attribute, reason }]) {
  const fallback = attribute?.fallback === undefined ? '' : code(attribute.type.format(attribute.fallback))
  return [attribute === undefined ? `${code(name)}, a block` : code(name), fallback, reason]
}

/** Fields in order; those of a squashed schema stand in its place. */
function fieldsOf(schema) {
  return Object.entries(schema.fields).flatMap(([name, field]) =>
    field.kind === 'squash' ? fieldsOf(field.schema) : [[name, field]],
  )
}

/** Schemas of blocks that stand in more than one place, and their names, in the order in which they are met. */
function sharedBlocks(components) {
  const places = new Map()
  const visit = (schema) => {
    for (const [name, field] of fieldsOf(schema)) {
      if (field.kind !== 'block') continue
      const known = places.get(field.schema)
      places.set(field.schema, { name: known?.name ?? name, count: (known?.count ?? 0) + 1 })
      if (known === undefined) visit(field.schema)
    }
  }
  for (const { schema } of components) visit(schema)
  return new Map([...places].filter(([, { count }]) => count > 1).map(([schema, { name }]) => [schema, name]))
}

/** As GitHub makes them of headings. */
function slug(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-')
}

function table(heads, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n') + '\n'
}

function code(text) {
  return `\`${text}\``
}
