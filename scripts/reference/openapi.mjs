/** The OpenAPI document of /api/v1/: paths from core/http/questions.ts, shapes and what is said of them from the types in core/api. */
import { join } from 'node:path'
import { createGenerator } from 'ts-json-schema-generator'
import { root } from '../root.mjs'

const REFERENCE = '#/components/schemas/'

/**
 * @param {import('./facts.d.mts').Facts['questions']} questions
 * @returns {object} the document, OpenAPI 3.1
 */
export function openApi(questions) {
  const schemas = shapes(Object.values(questions).map(({ answer }) => answer))
  return {
    openapi: '3.1.0',
    info: {
      title: 'skein',
      version: '1',
      description:
        "What a node of skein, and through it its whole cluster, is doing. Times are RFC 3339 in UTC, durations are seconds, null is what isn't known or isn't there.",
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api/v1' }],
    security: [{}, { basic: [] }, { bearer: [] }],
    paths: Object.fromEntries(
      Object.entries(questions).map(([path, question]) => [`/${path}`, pathItem(path, question)]),
    ),
    components: {
      schemas: { ...schemas, Problem: PROBLEM },
      securitySchemes: { basic: { type: 'http', scheme: 'basic' }, bearer: { type: 'http', scheme: 'bearer' } },
    },
  }
}

const PROBLEM = {
  type: 'object',
  description: 'Why there is no answer.',
  properties: { error: { type: 'string' } },
  required: ['error'],
  additionalProperties: false,
}

function pathItem(path, { summary, parameters, answer }) {
  const problem = (description) => ({ description, ...json('Problem') })
  const entries = Object.entries(parameters)
  return {
    get: {
      operationId: path,
      summary,
      ...(entries.length === 0 ? {} : { parameters: entries.map(parameter) }),
      responses: {
        200: { description: `A ${answer}.`, ...json(answer) },
        ...(entries.length === 0 ? {} : { 400: problem('A parameter that is not known or makes no sense.') }),
        401: { description: 'The server wants to know who asks.' },
      },
    },
  }
}

function parameter([name, { kind, doc, usually }]) {
  const type = kind === 'count' ? { type: 'integer', minimum: 0 } : { type: 'string' }
  const values = typeof kind === 'object' ? { enum: kind } : {}
  const given = usually === undefined ? {} : { default: kind === 'count' ? Number(usually) : usually }
  return { name, in: 'query', description: doc, schema: { ...type, ...values, ...given } }
}

function json(name) {
  return { content: { 'application/json': { schema: { $ref: REFERENCE + name } } } }
}

/** Those of the answers and all that they are made of, by name. */
function shapes(answers) {
  const { definitions } = createGenerator({
    path: join(root, 'core/api/*.ts'),
    tsconfig: join(root, 'tsconfig.core.json'),
    type: '*',
    expose: 'export',
    skipTypeCheck: true,
    additionalProperties: false,
  }).createSchema('*')
  const found = new Map()
  const waiting = [...answers]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue
    const text = JSON.stringify(definitions[name])
    for (const [, other] of text.matchAll(/"#\/definitions\/([^"]+)"/g)) waiting.push(decodeURIComponent(other))
    found.set(name, JSON.parse(text.replaceAll('"#/definitions/', `"${REFERENCE}`)))
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}
