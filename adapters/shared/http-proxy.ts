/** Proxies of the HTTP client: what a proxy URL means, and which proxy the environment asks for (Go's httpproxy). */
import { isIP } from 'node:net'
import { parseNoProxy } from '../../core/outbound/no-proxy.ts'
import type { ProxyOptions } from '../../core/ports.ts'
import type { ProxyRoute } from './http-dial.ts'
import { headerProblem } from './http-request.ts'

/** A string is what is wrong. */
export function readProxy(options: ProxyOptions): ProxyRoute | string {
  const known = routes.get(options)
  if (known !== undefined) return known
  let url: URL
  try {
    url = new URL(options.url)
  } catch {
    return 'proxy: invalid proxy URL'
  }
  const secure = url.protocol === 'https:'
  if (!secure && url.protocol !== 'http:') return `proxy: unsupported scheme "${url.protocol.slice(0, -1)}"`
  for (const [name, value] of options.connectHeaders ?? []) {
    const problem = headerProblem(name, value)
    if (problem !== undefined) return problem
  }
  let authorization: string | undefined
  try {
    authorization = basicOf(url)
  } catch {
    // A percent sign that begins no escape. The URL is not repeated: it holds a password.
    return 'proxy: invalid URL escape in the user or password of the proxy URL; write % as %25'
  }
  const bare = url.hostname.replace(/^\[|\]$/g, '')
  const route: ProxyRoute = {
    address: {
      host: isIP(bare) === 6 ? bare : url.hostname,
      port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    },
    secure,
    authorization,
    options,
  }
  routes.set(options, route)
  return route
}

const routes = new WeakMap<ProxyOptions, ProxyRoute>()

/** Throws a URIError for escapes that are none. */
function basicOf(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined
  const userinfo = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return `Basic ${Buffer.from(userinfo).toString('base64')}`
}

/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY in either case, upper first, as Go reads them. */
export function proxyFromEnvironment(env: Readonly<Record<string, string>>): (url: URL) => ProxyOptions | undefined {
  const variable = (name: string): string => env[name] || env[name.toLowerCase()] || ''
  const forHttp = asProxy(variable('HTTP_PROXY'))
  const forHttps = asProxy(variable('HTTPS_PROXY'))
  const bypassed = parseNoProxy(variable('NO_PROXY'))
  // In a CGI process HTTP_PROXY is a request header of a stranger.
  const inCgi = env['REQUEST_METHOD'] !== undefined
  return (url) => {
    const proxy = url.protocol === 'https:' ? forHttps : inCgi ? undefined : forHttp
    return proxy === undefined || bypassed(url) ? undefined : proxy
  }
}

function asProxy(text: string): ProxyOptions | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return undefined
  return { url: /^(https?|socks5h?):\/\//i.test(trimmed) ? trimmed : `http://${trimmed}` }
}
