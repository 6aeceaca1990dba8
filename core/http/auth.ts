/**
 * Who may use the agent's server: basic authentication in front of every route, as the `http` block asks for it. Owns which
 * requests are asked, and the comparison; settings can be replaced at any time and hold from the next request on. Until there
 * are any, which is while the first configuration is loaded, nobody knows who may do what, and only probes are answered.
 *
 * Not asked for: what the process asks of itself, which has no connection, and what peers say to each other, who prove
 * themselves by other means (--cluster.auth-secret-file, certificates).
 */
import { sha256 } from '@noble/hashes/sha2.js'
import type { MiddlewareHandler } from 'hono'
import type { HttpAuthSettings } from '../graph/http-settings.ts'
import type { Logger } from '../telemetry/logger.ts'
import { type RequestContext, TRANSPORT_PATH } from './cluster-routes.ts'

export interface HttpAuth {
  /** Undefined: everybody may do everything. */
  use(settings: HttpAuthSettings | undefined): void
  readonly middleware: MiddlewareHandler<RequestContext>
}

interface Expected {
  readonly filter: Pick<HttpAuthSettings, 'paths' | 'matching'>
  /** SHA-256. */
  readonly username: Uint8Array
  readonly password: Uint8Array
}

const CHALLENGE = { 'WWW-Authenticate': 'Basic realm="Restricted"' }

/** Of the path, in log lines: it is as long as its sender likes. */
const MAX_LOGGED_CHARACTERS = 200

const PROBES: readonly string[] = ['/-/ready', '/-/healthy']

export function createHttpAuth(log: Logger): HttpAuth {
  let expected: Expected | undefined | 'unknown' = 'unknown'

  return {
    use(settings) {
      expected = settings && {
        filter: settings,
        username: sha256(utf8(settings.username)),
        password: sha256(utf8(settings.password)),
      }
    },
    async middleware(c, next) {
      const connection = c.env?.connection
      const { path } = c.req
      if (expected === undefined || connection === undefined || path.startsWith(TRANSPORT_PATH)) return next()
      if (expected === 'unknown') {
        return PROBES.includes(path) ? next() : c.text('skein is starting: no configuration is loaded yet\n', 503)
      }
      if (!isProtected(path, expected.filter)) return next()
      if (isThem(c.req.header('authorization'), expected)) return next()
      log.info('failed to authenticate request', {
        path: path.slice(0, MAX_LOGGED_CHARACTERS),
        remote_addr: connection.remoteAddress ?? '',
        err: 'unauthorized',
      })
      return c.text('unauthorized\n', 401, CHALLENGE)
    },
  }
}

/** `path` as routes see it. Alloy's rules, but that a filter without paths protects everything. */
function isProtected(path: string, { paths, matching }: Expected['filter']): boolean {
  if (paths.length === 0) return true
  const begins = (text: string): boolean => paths.some((start) => text.startsWith(start))
  // Routes of components undo more of the encoding than the router does: in doubt both forms count, for protection.
  const plain = unescaped(path)
  return matching ? begins(path) || begins(plain) : !(begins(path) && begins(plain))
}

function unescaped(path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)))
}

/** Takes as long for a wrong name as for a wrong password, whatever they have in common with the right ones. */
function isThem(header: string | undefined, { username, password }: Expected): boolean {
  const given = readBasic(header)
  if (given === undefined) return false
  const name = sameBytes(sha256(given.username), username)
  const word = sameBytes(sha256(given.password), password)
  return name && word
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  let different = a.length ^ b.length
  for (let i = 0; i < a.length; i++) different |= a[i] ^ b[i]
  return different === 0
}

/** RFC 7617; bytes as sent. Undefined when it is nothing of the kind. */
function readBasic(
  header: string | undefined,
): { readonly username: Uint8Array; readonly password: Uint8Array } | undefined {
  const match = /^basic +([A-Za-z0-9+/]+=*) *$/i.exec(header ?? '')
  if (match === null) return undefined
  let text: string
  try {
    text = atob(match[1])
  } catch {
    return undefined
  }
  const colon = text.indexOf(':')
  if (colon < 0) return undefined
  return { username: bytesOf(text.slice(0, colon)), password: bytesOf(text.slice(colon + 1)) }
}

/** Of a string whose characters are bytes. */
function bytesOf(binary: string): Uint8Array {
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
