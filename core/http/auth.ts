/**
 * Who may use the agent's server: basic authentication or a bearer token in front of every route, as the `http` block asks for it.
 * Owns which requests are asked, and the comparison; settings can be replaced at any time and hold from the next request on. Until
 * there are any, which is while the first configuration is loaded, nobody knows who may do what, and only probes are answered.
 *
 * Not asked for: what the process asks of itself, which has no connection, and what peers say to each other, who prove
 * themselves by other means (--cluster.auth-secret-file, certificates). With that secret they may also ask what this node knows.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import type { Context, MiddlewareHandler } from 'hono'
import type { BasicSettings, HttpAuthSettings } from '../graph/http-settings.ts'
import { type RequestContext, TRANSPORT_PATH } from './cluster-routes.ts'
import { createTokenCheck, type TokenCheck, type TokenDeps } from './jwt.ts'

export interface HttpAuth {
  /**
   * Undefined: everybody may do everything. Returns how to put back what was in force before. Throws, and changes nothing, when
   * the host can't do what they ask.
   */
  use(settings: HttpAuthSettings | undefined): () => void
  readonly middleware: MiddlewareHandler<RequestContext>
}

export interface HttpAuthDeps extends TokenDeps {
  /** Whether this Authorization header is that of a peer which knows the cluster's secret; undefined when there is no secret. */
  readonly isPeer?: ((authorization: string) => Promise<boolean>) | undefined
}

interface Expected {
  readonly settings: HttpAuthSettings
  readonly basic: ExpectedLogin | undefined
  readonly tokens: TokenCheck | undefined
  readonly challenge: string
}

/** SHA-256 of both. */
interface ExpectedLogin {
  readonly username: Uint8Array
  readonly password: Uint8Array
}

/** Of texts that come from afar, in log lines: they are as long as their sender likes. */
const MAX_LOGGED_CHARACTERS = 200

const PROBES: readonly string[] = ['/-/ready', '/-/healthy']
/** What peers ask each other; for reading only. */
const PEER_QUESTIONS = '/api/v1/'

export function createHttpAuth(deps: HttpAuthDeps): HttpAuth {
  let expected: Expected | undefined | 'unknown' = 'unknown'

  function expectedBy(settings: HttpAuthSettings): Expected {
    const { basic, jwt } = settings
    const challenges = [...(basic ? ['Basic realm="Restricted"'] : []), ...(jwt ? ['Bearer realm="Restricted"'] : [])]
    return {
      settings,
      basic: basic && loginOf(basic),
      tokens: jwt && createTokenCheck(jwt, deps),
      challenge: challenges.join(', '),
    }
  }

  /** Undefined when they may come in, else why not. */
  async function refusal(c: Context<RequestContext>, { basic, tokens }: Expected): Promise<string | undefined> {
    const header = c.req.header('authorization')
    if (header === undefined) return 'unauthorized'
    if (basic !== undefined && isThem(header, basic)) return undefined
    const token = /^bearer +(\S+) *$/i.exec(header)?.[1]
    if (token === undefined) return 'unauthorized'
    const isQuestion = c.req.method === 'GET' && c.req.path.startsWith(PEER_QUESTIONS)
    if (isQuestion && (await deps.isPeer?.(header))) return undefined
    return tokens === undefined ? 'unauthorized' : tokens.refusal(token)
  }

  return {
    use(settings) {
      const before = expected
      const isSame = typeof before === 'object' && sameSettings(before.settings, settings)
      if (!isSame) expected = settings && expectedBy(settings)
      return () => {
        expected = before
      }
    },
    async middleware(c, next) {
      const connection = c.env?.connection
      const { path } = c.req
      if (expected === undefined || connection === undefined || path.startsWith(TRANSPORT_PATH)) return next()
      if (expected === 'unknown') {
        return PROBES.includes(path) ? next() : c.text('skein is starting: no configuration is loaded yet\n', 503)
      }
      if (!isProtected(formsOf(path, c.req.url), expected.settings)) return next()
      const { challenge } = expected
      const reason = await refusal(c, expected)
      if (reason === undefined) return next()
      deps.log.info('failed to authenticate request', {
        path: path.slice(0, MAX_LOGGED_CHARACTERS),
        remote_addr: connection.remoteAddress ?? '',
        err: reason.slice(0, MAX_LOGGED_CHARACTERS),
      })
      return c.text('unauthorized\n', 401, { 'WWW-Authenticate': challenge })
    },
  }
}

function loginOf({ username, password }: BasicSettings): ExpectedLogin {
  return { username: sha256(utf8(username)), password: sha256(utf8(password)) }
}

/** The same ones keep the keys and the tokens that are known. */
function sameSettings(a: HttpAuthSettings, b: HttpAuthSettings | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** Alloy's rules, but that a filter without paths protects everything. In doubt each form counts, for protection. */
function isProtected(forms: readonly string[], { paths, matching }: HttpAuthSettings): boolean {
  if (paths.length === 0) return true
  const begins = (form: string): boolean => paths.some((start) => form.startsWith(start))
  return matching ? forms.some(begins) : !forms.every(begins)
}

/**
 * What routes may take a path for: as the router sees it, and with `..` carried out, which not every host does. Routes of components
 * undo more of the encoding than the router does.
 */
function formsOf(path: string, url: string): readonly string[] {
  const { pathname } = new URL(url)
  return [path, unescaped(path), pathname, unescaped(pathname)]
}

function unescaped(path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)))
}

/** Takes as long for a wrong name as for a wrong password, whatever they have in common with the right ones. */
function isThem(header: string, { username, password }: ExpectedLogin): boolean {
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
function readBasic(header: string): { readonly username: Uint8Array; readonly password: Uint8Array } | undefined {
  const match = /^basic +([A-Za-z0-9+/]+=*) *$/i.exec(header)
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
