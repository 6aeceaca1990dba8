/** docs/reference/api.md: the questions of /api/v1/, what may be said with them, and the shapes of the answers. */
import { code, table } from './markdown.mjs'

const HEAD = `# The API

Written by \`node scripts/reference.mjs\` from the code; the same for programs is [openapi.json](openapi.json), which every agent
serves at \`/api/v1/openapi.json\`.

Every question is a GET, answered in JSON by any node of a cluster: it asks the others where that is needed. Times are RFC 3339 in
UTC, durations are seconds, and \`null\` is what isn't known or isn't there. A question that makes no sense is answered with 400 and
\`{"error": "…"}\`. Where the server wants a password or a token (the block [http](language.md#http)), the API does too.

Besides there is \`/api/v0/web/\`, in the shapes of Alloy's own pages; see [Compatibility](../compatibility.md).
`

/**
 * @param {import('./facts.d.mts').Facts['questions']} questions
 * @param {{ components: { schemas: Record<string, object> } }} document as openApi() makes it
 */
export function apiPage(questions, document) {
  const parts = [HEAD, '## Questions\n']
  for (const [path, { summary, parameters, answer }] of Object.entries(questions)) {
    parts.push(`### GET /api/v1/${path}\n\n${summary} Answers with a [${answer}](#${answer.toLowerCase()}).\n`)
    const rows = Object.entries(parameters).map(([name, { kind, doc, usually }]) => [
      code(name),
      typeof kind === 'object' ? kind.map(code).join(', ') : kind === 'count' ? 'whole number' : 'text',
      usually === undefined ? '' : code(usually),
      doc,
    ])
    if (rows.length > 0) parts.push(table(['parameter', 'value', 'default', ''], rows))
  }
  parts.push('## Shapes\n')
  for (const [name, shape] of Object.entries(document.components.schemas)) {
    parts.push(`### ${name}\n`)
    if (shape.description) parts.push(`${shape.description}\n`)
    const alternatives = shape.anyOf ?? [shape]
    if (alternatives.every(({ type }) => type === 'object')) parts.push(...alternatives.map(fields))
    else parts.push(`${typeText(shape)}\n`)
  }
  return `${parts.join('\n').trimEnd()}\n`
}

function fields({ properties = {}, additionalProperties }) {
  const rows = Object.entries(properties).map(([name, field]) => [code(name), typeText(field), field.description ?? ''])
  if (rows.length > 0)
    return table(
      ['field', 'type', ''],
      rows.map((row) => row.map(oneLine)),
    )
  return `By name: ${typeText(additionalProperties)}\n`
}

function oneLine(text) {
  return text.replace(/\s+/g, ' ')
}

function typeText(schema) {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)
    return `[${name}](#${name.toLowerCase()})`
  }
  if (schema.const !== undefined) return code(JSON.stringify(schema.const))
  if (schema.enum !== undefined) return schema.enum.map((value) => code(JSON.stringify(value))).join(', ')
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeText).join(' or ')
  if (Array.isArray(schema.type)) return schema.type.join(' or ')
  if (schema.type === 'array') return `list of ${typeText(schema.items)}`
  if (schema.type !== 'object') return schema.type
  if (typeof schema.additionalProperties === 'object') return `${typeText(schema.additionalProperties)} by name`
  const inner = Object.entries(schema.properties ?? {}).map(([name, field]) => `${code(name)}: ${typeText(field)}`)
  return `object of ${inner.join(', ')}`
}
