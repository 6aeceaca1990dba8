/**
 * Blocks with a secret in them: for every component and every secret argument that its schema has, at any depth, one
 * block with as little else as it takes. Made by walking the schemas, so that new components come by themselves.
 */
import type { Field, Fields, Schema } from '../../core/syntax/schema.ts'
import { optionalSecret, type Type } from '../../core/syntax/types.ts'

export interface SecretBlock {
  /** `remote.http.basic_auth_password` */
  readonly id: string
  readonly component: string
  /** `basic_auth password` */
  readonly path: string
  /** The text that must not be seen; no other has it. */
  readonly secret: string
  /** Configuration text with `given` in place of the secret's literal, and `extra` lines before and after it. */
  text(given: string, extra?: string): string
  /** The literal as it has to be. */
  readonly literal: string
}

/** What a secret argument needs beside it. */
const COMPANIONS: Readonly<Record<string, string>> = {
  key_pem: 'cert_pem = "certificate"',
  proxy_connect_header: 'proxy_url = "http://proxy.test:3128"',
}

/** Values of required arguments, where the type alone doesn't tell. */
const REQUIRED: Readonly<Record<string, string>> = {
  host: '"http://asked.test"',
  url: '"http://asked.test/path"',
  server: '"asked.test:80"',
  endpoint: '"http://asked.test"',
  token_url: '"http://token.test/"',
  role: '"nodes"',
  path_prefix: '"/"',
  names: '["asked.test"]',
  files: '["/etc/targets/*.json"]',
}

/** A component, or a block of its own such as `http`, of which there can be only one and which has no label. */
export interface Definition {
  readonly name: string
  readonly schema: Schema<unknown>
  readonly label?: 'required' | 'none'
}

export function secretBlocks(definitions: readonly Definition[]): readonly SecretBlock[] {
  let count = 0
  return definitions.flatMap(({ name, schema, label: labels }) =>
    secretPaths(schema.fields).map(({ path, type }) => {
      const label = path.join('_').replaceAll('.', '_')
      const secret = `hunter${count++}-${label}`
      const literal = literalOf(type, secret)
      return {
        id: `${name}.${label}`,
        component: name,
        path: path.join(' '),
        secret,
        literal,
        text: (given: string, extra = '') =>
          `${name} ${labels === 'none' ? '' : JSON.stringify(label)} {\n${body(schema.fields, path, given, extra)}}\n`,
      }
    }),
  )
}

interface SecretPath {
  readonly path: readonly string[]
  readonly type: Type<unknown>
}

/** Ways to arguments that can only be secrets. */
function secretPaths(fields: Fields): readonly SecretPath[] {
  return Object.entries(fields).flatMap(([name, field]): readonly SecretPath[] => {
    if (field.kind === 'squash') return secretPaths(field.schema.fields)
    if (field.kind === 'block')
      return secretPaths(field.schema.fields).map(({ path, type }) => ({ path: [name, ...path], type }))
    if (field.kind !== 'attribute' || !field.type.secret || field.type.name === optionalSecret.name) return []
    return [{ path: [name], type: field.type }]
  })
}

function literalOf(type: Type<unknown>, secret: string): string {
  const inner = JSON.stringify(secret)
  if (type.name === 'map(list(secret))') return `{"X-Key" = [${inner}]}`
  if (type.name === 'map(secret)') return `{"X-Key" = ${inner}}`
  return type.name === 'list(secret)' ? `[${inner}]` : inner
}

function body(fields: Fields, [name, ...rest]: readonly string[], given: string, extra: string): string {
  let text = ''
  for (const [field, required] of allFields(fields)) {
    if (field === name && required.kind === 'attribute') {
      const companion = COMPANIONS[field]
      text += `${companion === undefined ? '' : `${companion}\n`}${extra}\n${field} = ${given}\n${extra}\n`
    } else if (field === name && required.kind === 'block') {
      text += `${field} {\n${companionOf(field, rest)}${body(required.schema.fields, rest, given, extra)}}\n`
    } else if (required.kind === 'attribute' && required.required) {
      text += `${field} = ${REQUIRED[field] ?? someOf(required.type)}\n`
    } else if (required.kind === 'block' && required.occurs === 'required') {
      text += `${field} {\n${body(required.schema.fields, [''], '', '')}}\n`
    }
  }
  return text
}

/** OAuth 2.0 wants one way of proving who asks. */
function companionOf(block: string, [name]: readonly string[]): string {
  if (block !== 'oauth2' || name === 'client_secret' || name === 'client_assertion') return ''
  return 'client_secret_file = "/etc/client-secret"\n'
}

function allFields(fields: Fields): readonly (readonly [string, Field<unknown>])[] {
  return Object.entries(fields).flatMap(([name, field]) =>
    field.kind === 'squash' ? allFields(field.schema.fields) : [[name, field] as const],
  )
}

function someOf({ name }: Type<unknown>): string {
  if (name.startsWith('list(')) return '[]'
  if (name.startsWith('map(')) return '{}'
  if (name === 'duration') return '"1m"'
  if (name === 'bool') return 'true'
  if (/^u?int$|^number$/.test(name)) return '1'
  return name.startsWith('"') ? (/^"[^"]*"/.exec(name)?.[0] ?? '""') : '"some text"'
}
