/** Flags of all commands that ask a running node, and what is wrong with their values. */
import type { OutboundConfig } from '../../core/outbound/config.ts'
import { parseGoDuration } from '../../core/syntax/duration.ts'
import { readAddress } from './api-address.ts'
import type { Flag } from './flag.ts'

function file(name: string, help: string): Flag {
  return { name, kind: 'text', fallback: '', value: 'FILE', help }
}

export const API_FLAGS: readonly Flag[] = [
  {
    name: 'address',
    short: 'a',
    kind: 'text',
    fallback: '127.0.0.1:12345',
    value: 'ADDRESS',
    help: 'Node to ask: host:port, or a URL such as https://skein.example/prefix/',
  },
  { name: 'json', kind: 'boolean', fallback: 'false', help: 'Print the answer of the API as it is' },
  { name: 'timeout', kind: 'duration', fallback: '10s', help: 'How long to wait for an answer' },
  { name: 'username', kind: 'text', fallback: '', value: 'NAME', help: 'Who asks, when the node wants to know' },
  file('password-file', 'File with the password of that user'),
  file('bearer-token-file', 'File with a token to show instead'),
  file('tls-ca-file', "File with the CA of the node's certificate; the system's if empty"),
  file('tls-cert-file', 'File with a certificate to show to the node'),
  file('tls-key-file', 'File with its key'),
  { name: 'tls-insecure-skip-verify', kind: 'boolean', fallback: 'false', help: 'Trust whatever the node shows' },
]

type Values = ReadonlyMap<string, string>

/** A sentence each. */
export function apiFlagProblems(values: Values): readonly string[] {
  const text = (name: string): string => values.get(name) as string
  const problems: string[] = []
  const address = readAddress(text('address'))
  if (!address.ok) problems.push(address.problem)
  if (timeoutOf(values) <= 0) problems.push('flag --timeout is a duration such as 10s, more than nothing')
  if (text('password-file') !== '' && text('username') === '')
    problems.push('flag --password-file needs --username: whose password is it?')
  if (text('bearer-token-file') !== '' && text('username') !== '')
    problems.push('flags --username and --bearer-token-file exclude each other: keep one of the two')
  if ((text('tls-cert-file') === '') !== (text('tls-key-file') === ''))
    problems.push('flags --tls-cert-file and --tls-key-file belong together')
  return problems
}

/** In ms. */
export function timeoutOf(values: Values): number {
  const parsed = parseGoDuration(values.get('timeout') as string)
  return parsed.ok ? parsed.milliseconds : 0
}

/** For flags without problems. */
export function outboundOf(values: Values): OutboundConfig {
  const text = (name: string): string => values.get(name) as string
  const tls = {
    caFile: text('tls-ca-file'),
    certFile: text('tls-cert-file'),
    keyFile: text('tls-key-file'),
    insecureSkipVerify: text('tls-insecure-skip-verify') === 'true',
  }
  return {
    proxyFromEnvironment: true,
    ...(text('username') === ''
      ? {}
      : { basicAuth: { username: text('username'), passwordFile: text('password-file') } }),
    ...(text('bearer-token-file') === '' ? {} : { bearerTokenFile: text('bearer-token-file') }),
    ...(Object.values(tls).some(Boolean) ? { tls } : {}),
  }
}
