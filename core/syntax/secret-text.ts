/**
 * Keeps secrets out of the lines of source that problems are shown with. Goes by the names of arguments, not by schemas:
 * so it works on text that does not parse, in blocks that nobody knows, and before anything is known of components.
 */
import { withoutPasswords } from '../errors.ts'
import { createScanner, type Token } from './scanner.ts'
import { createSource } from './source.ts'

/** Arguments whose values are secrets, in whatever block. test/syntax/secret-text.test.ts tells which are missing. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  'bearer_token',
  'client_secret',
  'credentials',
  'http_headers',
  'key',
  'key_pem',
  'passphrase',
  'password',
  'proxy_connect_header',
  'secret',
  'secret_key',
  'token',
])

/** What they are called without underscores, which people leave out. */
const FOLDED: ReadonlySet<string> = new Set([...SECRET_NAMES].map(folded))

export function isSecretName(name: string): boolean {
  return FOLDED.has(folded(name))
}

function folded(name: string): string {
  return name.replaceAll('_', '').toLowerCase()
}

const STAR = 42

/**
 * The same text with stars in place of what is given to secret arguments, one for each byte, so that places stay where
 * they are. Lines after `lastLine` (from 1) may be left as they are.
 */
export function hideSecrets(content: string | Uint8Array, lastLine: number): string {
  const source = createSource('', content)
  const bytes = source.bytes.slice()
  const scanner = createScanner(source, () => {})
  let before: Token | undefined
  let inside = false
  let depth = 0
  for (let token = scanner.scan(); token.kind !== 'EOF'; token = scanner.scan()) {
    if (source.position(token.start).line > lastLine) break
    if (token.kind === 'COMMENT') continue
    if (inside) {
      if (opens(token)) depth++
      else if (closes(token)) depth--
      inside = depth > 0 || (depth === 0 && token.kind !== 'TERMINATOR')
    } else if (before !== undefined && isNameOfSecret(before) && (isText(token) || assigns(token) || opens(token))) {
      inside = true
      depth = opens(token) ? 1 : 0
    }
    // Keys of objects are names, such as those of headers.
    if (inside && isText(token) && scanner.peek() !== '=') fill(bytes, token)
    before = token
  }
  return withoutPasswords(new TextDecoder().decode(bytes), stars)
}

function isNameOfSecret({ kind, text }: Token): boolean {
  return (kind === 'IDENT' && isSecretName(text)) || (kind === 'STRING' && isSecretName(text.slice(1, -1)))
}

/** As it should be, and as other languages have it. */
function assigns({ kind, text }: Token): boolean {
  return kind === '=' || (kind === 'ILLEGAL' && text === ':')
}

/** Also in the wrong quotes. */
function isText({ kind, text }: Token): boolean {
  return kind === 'STRING' || (kind === 'ILLEGAL' && text.startsWith("'"))
}

function opens({ kind }: Token): boolean {
  return kind === '(' || kind === '[' || kind === '{'
}

function closes({ kind }: Token): boolean {
  return kind === ')' || kind === ']' || kind === '}'
}

/** Quotes and line ends stay. */
function fill(bytes: Uint8Array, { start, end }: Token): void {
  const closed = end - start > 1 && bytes[end - 1] === bytes[start]
  for (let at = start + 1; at < (closed ? end - 1 : end); at++) {
    if (bytes[at] !== 10 && bytes[at] !== 13) bytes[at] = STAR
  }
}

/** As many bytes as before: carets stay where they were. */
function stars(password: string): string {
  return '*'.repeat(new TextEncoder().encode(password).length)
}
