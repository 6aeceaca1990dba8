/** Tables of arguments and blocks, as Markdown. */
import { fieldsByKind } from './bodies.mjs'

/** `occurs` of a block, for people. */
const OCCURS = {
  required: 'once',
  optional: 'once or never',
  defaulted: 'once or never',
  repeated: 'any number of times',
}

export function table(heads, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n') + '\n'
}

export function code(text) {
  return `\`${text}\``
}

/** As GitHub makes them of headings. */
export function slug(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-')
}

/**
 * The arguments of a block, and below them the blocks in it that no other component shares.
 * @param {object} places `level`: heading of inner blocks; `shared`: names of shared blocks; `sharedPage`: where they are
 */
export function bodyParts(schema, path, places) {
  const { attributes, blocks, refused } = fieldsByKind(schema)
  const parts = []
  if (attributes.length > 0) parts.push(table(['argument', 'type', 'default', ''], attributes.map(attributeRow)))
  if (blocks.length > 0) {
    const rows = blocks.map((entry) => blockRow(entry, path, places))
    parts.push(table(['block', 'stands', ''], rows))
  }
  if (refused.length > 0) parts.push(table(['refused so far', 'default', 'why'], refused.map(refusedRow)))
  if (parts.length === 0) parts.push('It takes no arguments.\n')
  const told = new Set()
  for (const [name, { schema: inner }] of blocks) {
    if (places.shared.has(inner) || told.has(inner)) continue
    told.add(inner)
    parts.push(...blockParts(inner, name, path, places))
  }
  return parts
}

/** One block, with its heading. */
export function blockParts(schema, name, path, places) {
  const where = path.length === 0 ? '' : ` in ${path.map((outer) => code(outer)).join(' in ')}`
  return [`${places.level} ${code(name)}${where}\n`, ...bodyParts(schema, [name, ...path], places)]
}

function attributeRow([name, { type, required, fallback, doc }]) {
  const value = required ? '**required**' : fallback === undefined ? '' : code(type.format(fallback))
  return [code(name), code(type.name), value, doc]
}

function blockRow([name, { schema, occurs, doc }], path, { shared, sharedPage }) {
  const known = shared.get(schema)
  const target = known === undefined ? `#${slug([name, ...path].join(' in '))}` : `${sharedPage}#${slug(known)}`
  return [`[${code(name)}](${target})`, OCCURS[occurs], doc]
}

function refusedRow([name, { attribute, reason }]) {
  const fallback = attribute?.fallback === undefined ? '' : code(attribute.type.format(attribute.fallback))
  return [attribute === undefined ? `${code(name)}, a block` : code(name), fallback, reason]
}
