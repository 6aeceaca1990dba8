/** Values of Alloy's API as text in the Alloy language. Pure. */
import type { WebStatement, WebValue } from '../../core/api/web.ts'

const WIDTH = 80

/** Long arrays and objects take a line for each of their parts. */
export function printValue(value: WebValue, indent = ''): string {
  const flat = printFlat(value)
  if (indent.length + flat.length <= WIDTH || (value.type !== 'array' && value.type !== 'object')) return flat
  if (value.value.length === 0) return flat
  const inner = `${indent}\t`
  if (value.type === 'array') {
    return `[\n${value.value.map((item) => `${inner}${printValue(item, inner)},\n`).join('')}${indent}]`
  }
  const longest = Math.max(...value.value.map(({ key }) => printKey(key).length))
  return `{\n${value.value.map(({ key, value: item }) => `${inner}${printKey(key).padEnd(longest)} = ${printValue(item, inner)},\n`).join('')}${indent}}`
}

function printFlat(value: WebValue): string {
  switch (value.type) {
    case 'null':
      return 'null'
    case 'string':
      return quote(value.value)
    case 'array':
      return `[${value.value.map(printFlat).join(', ')}]`
    case 'object':
      return value.value.length === 0
        ? '{}'
        : `{ ${value.value.map(({ key, value: item }) => `${printKey(key)} = ${printFlat(item)}`).join(', ')} }`
    default:
      return String(value.value)
  }
}

function printKey(key: string): string {
  return /^[A-Za-z_]\w*$/.test(key) ? key : quote(key)
}

const ESCAPES: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function quote(text: string): string {
  return `"${text.replace(/["\\\x00-\x1f]/g, (character) => ESCAPES[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`
}

/** A whole body, as it could stand in a file. */
export function printBody(body: readonly WebStatement[], indent = ''): string {
  return body
    .map((statement) => {
      if (statement.type === 'attr') return `${indent}${statement.name} = ${printValue(statement.value, indent)}\n`
      const label = statement.label === undefined ? '' : ` ${quote(statement.label)}`
      return `${indent}${statement.name}${label} {\n${printBody(statement.body, `${indent}\t`)}${indent}}\n`
    })
    .join('')
}
