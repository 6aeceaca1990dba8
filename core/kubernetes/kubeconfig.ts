/**
 * kubeconfig files as kubectl writes them: the current context's cluster and user become a way to reach the API. Understands
 * tokens, client certificates, basic authentication and proxies; refuses what would start programs. Shows no secrets.
 */
import { CodedError, messageOf } from '../errors.ts'
import type { OutboundConfig, TlsConfig } from '../outbound/config.ts'
import { problemsOf } from '../outbound/problems.ts'
import { fromYaml } from '../syntax/yaml.ts'
import type { Access } from './access.ts'

type Section = ReadonlyMap<string, unknown>

/** `path` is where the text comes from: paths in it are relative to its folder. Throws a CodedError that says what is wrong. */
export function readKubeconfig(text: string, path: string): Access {
  const wrong = (problem: string): CodedError => new CodedError('config', `kubeconfig_file ${path}: ${problem}`)
  try {
    return accessOf(documentOf(text), path)
  } catch (thrown) {
    if (thrown instanceof CodedError) throw new CodedError(thrown.code, `kubeconfig_file ${path}: ${thrown.message}`)
    throw wrong(messageOf(thrown))
  }
}

function documentOf(text: string): Section {
  let document: unknown
  try {
    document = fromYaml(text)
  } catch (thrown) {
    // Not the whole message: it may quote a line that holds a secret.
    const place = / at line \d+, column \d+/.exec(messageOf(thrown))?.[0] ?? ''
    throw new Error(`is not valid YAML${place}`)
  }
  if (document instanceof Map) return document
  throw new Error('is not a kubeconfig: clusters, users and contexts are missing')
}

function accessOf(document: Section, path: string): Access {
  const current = textAt(document, 'current-context')
  if (current === '') throw new Error('has no current-context; set one with kubectl config use-context')
  const context = entry(document, 'contexts', 'context', current)
  const cluster = entry(document, 'clusters', 'cluster', textAt(context, 'cluster'))
  const userName = textAt(context, 'user')
  const user: Section = userName === '' ? new Map() : entry(document, 'users', 'user', userName)
  refuseWhatIsMissing(user)

  const server = textAt(cluster, 'server')
  if (!/^https?:\/\//i.test(server) || !URL.canParse(server)) {
    throw new Error(`the server of cluster "${textAt(context, 'cluster')}" is not an http or https URL`)
  }
  const beside = (file: string): string => resolved(file, path)
  const http: OutboundConfig = { ...credentials(user, beside), tls: tlsOf(cluster, user, beside), ...proxyOf(cluster) }
  const problems = problemsOf(http)
  if (problems.length > 0) throw new Error(problems.join('; '))
  return { server: new URL(server), http }
}

/** The named one of `contexts: [{name, context: {…}}]`. */
function entry(document: Section, list: string, kind: string, name: string): Section {
  const entries = document.get(list)
  for (const one of Array.isArray(entries) ? entries : []) {
    if (!(one instanceof Map) || one.get('name') !== name) continue
    const content = one.get(kind)
    return content instanceof Map ? content : new Map()
  }
  throw new Error(`there is no ${kind} named "${name}"`)
}

function refuseWhatIsMissing(user: Section): void {
  if (user.has('exec')) {
    throw new CodedError(
      'unsupported',
      'users that are authenticated by a program (exec) are not supported; give them a token, a tokenFile or a client certificate',
    )
  }
  for (const key of ['auth-provider', 'as', 'as-uid', 'as-groups', 'as-user-extra']) {
    if (user.has(key)) throw new CodedError('unsupported', `${key} of a user is not supported`)
  }
}

function credentials(user: Section, beside: (file: string) => string): OutboundConfig {
  // A file wins over the token itself, as in client-go.
  const tokenFile = textAt(user, 'tokenFile')
  const token = textAt(user, 'token')
  const username = textAt(user, 'username')
  return {
    ...(tokenFile !== '' ? { bearerTokenFile: beside(tokenFile) } : token !== '' ? { bearerToken: token } : {}),
    ...(username === '' ? {} : { basicAuth: { username, password: textAt(user, 'password') } }),
  }
}

function tlsOf(cluster: Section, user: Section, beside: (file: string) => string): TlsConfig {
  return {
    ...pem('ca', cluster, 'certificate-authority', beside),
    ...pem('cert', user, 'client-certificate', beside),
    ...pem('key', user, 'client-key', beside),
    ...(textAt(cluster, 'tls-server-name') === '' ? {} : { serverName: textAt(cluster, 'tls-server-name') }),
    insecureSkipVerify: cluster.get('insecure-skip-tls-verify') === true,
  }
}

/** `<key>-data` holds it in base64 and wins over `<key>`, which names a file. */
function pem(what: 'ca' | 'cert' | 'key', section: Section, key: string, beside: (file: string) => string): TlsConfig {
  const data = textAt(section, `${key}-data`)
  if (data !== '') return { [`${what}Pem`]: fromBase64(data, `${key}-data`) }
  const file = textAt(section, key)
  return file === '' ? {} : { [`${what}File`]: beside(file) }
}

function fromBase64(text: string, key: string): string {
  try {
    return atob(text.replace(/\s/g, ''))
  } catch {
    throw new Error(`${key} is not base64`)
  }
}

/** As client-go: without a proxy of its own a cluster is reached as the environment says. */
function proxyOf(cluster: Section): OutboundConfig {
  const proxyUrl = textAt(cluster, 'proxy-url')
  return proxyUrl === '' ? { proxyFromEnvironment: true } : { proxyUrl }
}

function textAt(section: Section, key: string): string {
  const value = section.get(key)
  return typeof value === 'string' ? value : ''
}

function resolved(file: string, path: string): string {
  if (/^(?:[/\\]|[a-zA-Z]:[/\\])/.test(file)) return file
  const folder = /^.*[/\\]/.exec(path)?.[0] ?? ''
  return `${folder}${file}`
}
