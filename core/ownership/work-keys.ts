/**
 * What is hashed for work that isn't a plain target: texts in the forms that Alloy's components make. A text becomes a key by
 * textKey; targets have keys without a text (core/ring/keys.ts). Other kinds of work hash their name as it is: a namespace
 * (all of them: the empty text), or a component's id when one node does it for all.
 */
import { compareNames } from '../labels/labels.ts'
import { LOG_LABELS } from '../ring/keys.ts'
import { quote } from '../syntax/quote.ts'

type LabelMap = ReadonlyMap<string, string>

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** A container of `loki.source.podlogs`, by its labels as discovered. */
export function containerText(labels: LabelMap): string {
  const names = [...labels.keys()].filter((name) => LOG_LABELS.has(name)).sort(compareNames)
  const parts = names.map(
    (name) => `${PLAIN_NAME.test(name) ? name : quote(name)}=${quote(labels.get(name) as string)}`,
  )
  return `{${parts.join(', ')}}`
}

/** A target of the `prometheus.operator` components, by its own labels without those of its group. Parts are sorted as a whole. */
export function operatorText(own: LabelMap): string {
  const parts: string[] = []
  for (const [name, value] of own) if (!name.startsWith('__meta_')) parts.push(`${name}=${quote(value)}`)
  return `{${parts.sort(compareNames).join(', ')}}`
}

/**
 * A MySQL database, by its DSN: `[user[:password]@][net[(addr)]]/db[?params]`; its secrets are not part of the text. Undefined
 * when it is no DSN.
 */
export function databaseText(dsn: string): string | undefined {
  const found = /^(?:.*@)?([^()/@]*)(?:\((.*)\))?\/([^/?]*)(?:\?.*)?$/su.exec(withoutParams(dsn))
  if (found === null) return undefined
  const [, net, address, database] = found
  return `${net === '' ? 'tcp' : net}(${address === undefined || address === '' ? 'localhost:3306' : address})/${database}`
}

/** Parameters may hold slashes; they begin at the first question mark behind the last slash before any parameter. */
function withoutParams(dsn: string): string {
  const asked = dsn.indexOf('?', Math.max(0, dsn.indexOf('/', dsn.lastIndexOf(')') + 1)))
  return asked === -1 ? dsn : dsn.slice(0, asked)
}
