/** docs/reference/components.md, which lists all components and the blocks that they share, and one page for each. */
import { blockParts, bodyParts, code, table } from './markdown.mjs'

const MADE =
  '<!-- Made by scripts/reference.mjs from the code. Change it there, then run: node scripts/reference.mjs -->'

const INTRO = `# Components

${MADE}

What a configuration can use, with every argument. Anything else is an error that names file, line and column; so is
what the tables list under “refused so far”, unless it is set to its default. \`skein validate\` tells all problems of a
configuration at once. Functions, the blocks that are not components, and flags: see [Language](language.md). The same for
programs: [components.json](components.json).

Types: \`duration\` is text such as \`"30s"\` or \`"1m30s"\` (the longest unit is \`h\`); \`size\` is text such as \`"10MB"\`, where
KB and KiB are both 1024 bytes; \`secret\` takes text as well and is never shown; \`uint\` is a whole number from 0 on.
Targets, \`map(string)\`, are objects of labels. Numbers turn into text, and text into numbers, where the other is needed.
`

/**
 * @param {readonly import('../../core/graph/component.ts').AnyComponentDefinition[]} components
 * @param {ReadonlyMap<unknown, string>} shared
 * @returns {string} Markdown
 */
export function indexPage(components, shared) {
  const rows = components.map(({ name, about, stability }) => [
    `[${name}](${name}.md)`,
    firstSentence(about?.does ?? ''),
    stability === 'generally-available' ? '' : stability,
  ])
  const parts = [INTRO, table(['component', '', 'stability'], rows)]
  parts.push('## Shared blocks\n\nThe same wherever they stand. A `write_relabel_config` block is a `rule`.\n')
  const places = { level: '###', shared, sharedPage: '' }
  for (const [schema, name] of shared) parts.push(...blockParts(schema, name, [], places))
  return parts.join('\n')
}

/**
 * @param {import('../../core/graph/component.ts').AnyComponentDefinition} component
 * @param {ReadonlyMap<unknown, string>} shared
 * @param {string | undefined} example a configuration that shows it
 * @returns {string} Markdown
 */
export function componentPage({ name, stability, about, schema }, shared, example) {
  const parts = [`# ${name}\n`, `${MADE}\n`]
  if (about !== undefined) parts.push(`${about.does}\n`)
  if (stability !== 'generally-available') parts.push(`Needs \`--stability.level=${stability}\`.\n`)
  if (example !== undefined) parts.push(`\`\`\`alloy\n${example.trimEnd()}\n\`\`\`\n`)
  parts.push('## Arguments\n', ...bodyParts(schema, [], { level: '###', shared, sharedPage: 'components.md' }))
  parts.push('## Exports\n', exportsTable(about?.exports ?? []))
  parts.push('[All components](components.md)\n')
  return parts.join('\n')
}

function exportsTable(exports) {
  if (exports.length === 0) return 'It exports nothing.\n'
  return table(
    ['export', 'type', ''],
    exports.map(({ name, type, doc }) => [code(name), code(type), doc]),
  )
}

function firstSentence(text) {
  return /^.*?\.(?= |$)/.exec(text)?.[0] ?? text
}
