import { describe, expect, it } from 'vitest'
import type { OutboundConfig } from '../../core/outbound/config.ts'
import { problemsOf } from '../../core/outbound/problems.ts'

const oauth2 = { clientId: 'me', clientSecret: 'secret', tokenUrl: 'https://id.test/token' }

describe('a configuration', () => {
  it.each<[string, OutboundConfig]>([
    ['nothing', {}],
    ['a user without password', { basicAuth: { username: 'u' } }],
    ['an empty authorization', { authorization: {} }],
    ['unset fields', { bearerToken: '', proxyUrl: '', tls: { caPem: '', minVersion: '' } }],
    ['all of TLS', { tls: { caFile: 'a', certFile: 'b', keyPem: 'c', serverName: 'd', minVersion: 'TLS13' } }],
    ['a proxy', { proxyUrl: 'http://u:p@p:1', noProxy: 'a', proxyConnectHeader: { A: ['b'] } }],
    ['the proxy of the environment', { proxyFromEnvironment: true, proxyConnectHeader: { A: ['b'] } }],
    ['OAuth2', { oauth2 }],
    [
      'a signed assertion',
      { oauth2: { clientId: 'me', tokenUrl: 'https://id.test/', clientAssertion: { keyFile: 'k' } } },
    ],
    ['headers', { httpHeaders: { 'X-Scope-OrgID': ['1', '2'] } }],
  ])('with %s has no problem', (_what, config) => {
    expect(problemsOf(config)).toEqual([])
  })

  it.each<[OutboundConfig, string]>([
    [{ bearerToken: 'a', bearerTokenFile: 'b' }, 'at most one of bearer_token & bearer_token_file'],
    [{ basicAuth: { username: 'u' }, bearerToken: 'a' }, 'at most one of basic_auth, authorization, oauth2'],
    [{ authorization: {}, oauth2 }, 'at most one of basic_auth, authorization, oauth2'],
    [{ basicAuth: { username: 'u', password: 'a', passwordFile: 'b' } }, 'basic_auth password & password_file'],
    [{ authorization: { credentials: 'a', credentialsFile: 'b' } }, 'authorization credentials & credentials_file'],
    [{ authorization: { type: ' BASIC ' } }, 'use "basic_auth" instead'],
    [{ authorization: { type: 'A\r\nB' } }, 'authorization type must be'],
    [{ oauth2: { ...oauth2, clientSecretFile: 'b' } }, 'client_secret & client_secret_file'],
    [{ oauth2: { clientId: 'me', tokenUrl: 'https://id.test' } }, 'either oauth2 client_secret or client_secret_file'],
    [{ oauth2: { ...oauth2, clientId: '' } }, 'client_id must'],
    [{ oauth2: { ...oauth2, tokenUrl: 'id.test' } }, 'token_url must'],
    [{ oauth2: { ...oauth2, clientAssertion: { key: 'k' } } }, 'takes the place of'],
    [
      { oauth2: { ...oauth2, clientSecret: '', clientAssertion: {} } },
      'exactly one of client_assertion key & key_file',
    ],
    [{ oauth2: { ...oauth2, noProxy: 'a' } }, 'oauth2: if no_proxy'],
    [{ oauth2: { ...oauth2, tls: { certFile: 'a' } } }, 'oauth2: when cert_pem or cert_file'],
    [{ proxyFromEnvironment: true, proxyUrl: 'http://p' }, 'proxy_url must not be configured'],
    [{ proxyFromEnvironment: true, noProxy: 'a' }, 'no_proxy must not be configured'],
    [{ noProxy: 'a' }, 'if no_proxy is configured, proxy_url must also be configured'],
    [{ proxyConnectHeader: { A: ['b'] } }, 'if proxy_connect_header is configured'],
    [{ proxyUrl: 'socks5://p:1' }, 'proxy_url must be an http or https URL'],
    [{ tls: { caPem: 'a', caFile: 'b' } }, 'at most one of ca_pem and ca_file'],
    [{ tls: { certFile: 'a' } }, 'key_pem or key_file must be too'],
    [{ tls: { keyFile: 'a' } }, 'cert_pem or cert_file must be too'],
    [{ tls: { minVersion: 'TLS14' } }, 'min_version must be one of'],
    [{ httpHeaders: { 'USER-agent': ['x'] } }, 'setting header "USER-agent" is not allowed'],
    [{ httpHeaders: { 'a b': ['x'] } }, '"a b" is not a header name'],
    [{ httpHeaders: { 'X-A': ['x\r\nY: z'] } }, 'line break'],
  ])('%j: %s', (config, message) => {
    const problems = problemsOf(config)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(message)
  })

  it('tells all problems at once, and no secrets', () => {
    const problems = problemsOf({
      bearerToken: 'hunter2',
      bearerTokenFile: 'b',
      proxyUrl: 'ftp://user:hunter2@p',
      noProxy: 'x',
      proxyFromEnvironment: true,
      httpHeaders: { Host: ['x'], 'X-A': ['hunter2\n'] },
    })
    expect(problems).toHaveLength(6)
    expect(problems.join()).not.toContain('hunter2')
  })
})
