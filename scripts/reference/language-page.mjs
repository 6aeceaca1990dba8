/** docs/reference/language.md: functions, blocks that are not components, and flags, each with its state. */
import { bodyParts, code, slug, table } from './markdown.mjs'

const INTRO = `# Language

<!-- Made by scripts/reference.mjs from the code. Change it there, then run: node scripts/reference.mjs -->

The functions, blocks and flags of Alloy, and what skein does with them. Where skein differs on purpose, see
[Compatibility](../compatibility.md).
`

/**
 * @param {import('./facts.d.mts').Facts} facts
 * @param {ReadonlyMap<unknown, string>} shared
 * @returns {string} Markdown
 */
export function languagePage({ functions, constants, blocks, commands }, shared) {
  const parts = [
    INTRO,
    '## Functions\n',
    table(['function', 'gives', 'stability', 'old name'], functions.map(functionRow)),
  ]
  parts.push('Old names work, with a warning.\n')
  parts.push('## Constants\n', table(['constant', ''], Object.entries(constants).map(constantRow)))
  parts.push('## Blocks\n', 'Besides the [components](components.md).\n')
  parts.push(table(['block', '', 'state', 'stability'], blocks.map(stateRow)))
  const places = { level: '####', shared, sharedPage: 'components.md' }
  for (const { name, schema, state } of blocks) {
    if (state === 'refused' || Object.keys(schema.fields).length === 0) continue
    parts.push(`### ${code(name)}\n`, ...bodyParts(schema, [name], places))
  }
  parts.push('## Commands and flags\n')
  for (const command of commands) parts.push(...commandParts(command))
  return parts.join('\n')
}

function functionRow({ name, signature, doc, stability, aliases }) {
  return [
    code(name + signature),
    doc,
    stability === 'generally-available' ? '' : stability,
    aliases.map((alias) => code(alias)).join(', '),
  ]
}

function constantRow([name, doc]) {
  return [code(`constants.${name}`), doc]
}

function stateRow({ name, does, state, stability, schema, label }) {
  const plain = state === 'refused' || Object.keys(schema.fields).length === 0
  const shown = code(label === 'required' ? `${name} "LABEL"` : name)
  return [
    plain ? shown : `[${shown}](#${slug(name)})`,
    does,
    state,
    stability === 'generally-available' ? '' : stability,
  ]
}

function commandParts({ command, aliases, summary, usage, flags }) {
  const also = aliases.length === 0 ? '' : ` Also: ${aliases.map((alias) => code(alias)).join(', ')}.`
  const parts = [`### ${code(`skein ${command}`)}\n`, `${summary}: ${code(usage)}.${also}\n`]
  if (flags.length > 0) parts.push(table(['flag', 'default', 'state', ''], flags.map(flagRow)))
  return parts
}

function flagRow(flag) {
  const short = flag.short === undefined ? '' : `, ${code(`-${flag.short}`)}`
  const about = flag.about.replace(/[<>]/g, (mark) => (mark === '<' ? '&lt;' : '&gt;'))
  return [code(`--${flag.name}`) + short, flag.default === '' ? '' : code(flag.default), flag.state, about]
}
