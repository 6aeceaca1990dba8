import { describe, expect, it } from 'vitest'
import { inClusterAccess, serviceAccount } from '../../core/kubernetes/access.ts'
import { createKubernetesApi } from '../../core/kubernetes/api.ts'
import { readKubeconfig } from '../../core/kubernetes/kubeconfig.ts'
import { createTimers } from '../../core/time/timers.ts'
import { answer, fakePorts } from '../components/fake-ports.ts'

const base64 = (text: string): string => btoa(text)

const config = (cluster: string, user: string): string => `apiVersion: v1
kind: Config
current-context: here
preferences: {}
contexts:
- name: elsewhere
  context: {cluster: far, user: nobody}
- name: here
  context:
    cluster: near
    user: me
clusters:
- name: far
  cluster: {server: 'https://far.example'}
- name: near
  cluster: ${cluster}
users:
- name: me
  user: ${user}
`

describe('a kubeconfig', () => {
  it('gives the server, the CA and the token of its current context', () => {
    const ca = `{server: 'https://api.example:6443', certificate-authority-data: ${base64('CA PEM')}}`
    expect(readKubeconfig(config(ca, '{token: abc}'), '/home/me/.kube/config')).toEqual({
      server: new URL('https://api.example:6443'),
      http: { bearerToken: 'abc', tls: { caPem: 'CA PEM', insecureSkipVerify: false }, proxyFromEnvironment: true },
    })
  })

  it('names files beside itself, and data wins over files', () => {
    const cluster = `{server: 'https://x/k8s', certificate-authority: ca.crt, tls-server-name: api, insecure-skip-tls-verify: true, proxy-url: 'http://proxy:3128'}`
    const user = `{client-certificate: ../me.crt, client-key: /abs/me.key, client-key-data: ${base64('KEY')}, tokenFile: token, token: x}`
    expect(readKubeconfig(config(cluster, user), '/etc/kube/config').http).toEqual({
      bearerTokenFile: '/etc/kube/token',
      tls: {
        caFile: '/etc/kube/ca.crt',
        certFile: '/etc/kube/../me.crt',
        keyPem: 'KEY',
        serverName: 'api',
        insecureSkipVerify: true,
      },
      proxyUrl: 'http://proxy:3128',
    })
    expect(readKubeconfig(config(cluster, '{}'), 'config').http.tls?.caFile).toBe('ca.crt')
  })

  it('may have a password, or no user', () => {
    const cluster = `{server: 'http://127.0.0.1:8001'}`
    expect(readKubeconfig(config(cluster, '{username: a, password: b}'), 'f').http.basicAuth).toEqual({
      username: 'a',
      password: 'b',
    })
    const nobody = config(cluster, '{}').replace('    user: me\n', '')
    expect(readKubeconfig(nobody, 'f').http).toEqual({ tls: { insecureSkipVerify: false }, proxyFromEnvironment: true })
  })

  const fine = `{server: 'https://x'}`
  it.each([
    ['', 'is not a kubeconfig: clusters, users and contexts are missing'],
    ['a: [hunter2', 'is not valid YAML'],
    ['a: b', 'has no current-context; set one with kubectl config use-context'],
    [config(fine, '{}').replace('current-context: here', 'current-context: gone'), 'no context named "gone"'],
    [config(fine, '{}').replace('cluster: near', 'cluster: gone'), 'there is no cluster named "gone"'],
    [config(fine, '{}').replace('user: me', 'user: gone'), 'there is no user named "gone"'],
    [config('{}', '{}'), 'the server of cluster "near" is not an http or https URL'],
    [config('{server: api}', '{}'), 'the server of cluster "near" is not an http or https URL'],
    [config(fine, '{exec: {command: aws}}'), 'exec) are not supported; give them a token, a tokenFile or a client'],
    [config(fine, '{auth-provider: {name: gcp}}'), 'auth-provider of a user is not supported'],
    [config(fine, '{token: hunter2, as: root}'), 'as of a user is not supported'],
    [config(fine, '{client-key-data: "*hunter2*"}'), 'client-key-data is not base64'],
    [config(fine, '{client-key: key}'), 'when key_pem or key_file is configured, cert_pem or cert_file must be too'],
    [config(fine, '{token: hunter2, username: x}'), 'at most one of basic_auth, authorization, oauth2, bearer_token'],
    ['"hunter2": "hunter2" "hunter2"', 'is not valid YAML'],
  ])('that can not work says so, and shows no secret: %j', (text, problem) => {
    let message = ''
    try {
      readKubeconfig(text, '/k')
    } catch (thrown) {
      message = (thrown as Error).message
    }
    expect(message).toMatch(/^kubeconfig_file \/k: /)
    expect(message).toContain(problem)
    expect(message).not.toContain('hunter2')
  })
})

describe('inside a cluster', () => {
  it('the account of the pod is used', () => {
    const account = serviceAccount({ KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' })
    expect(account.server.href).toBe('https://10.96.0.1/')
    expect(inClusterAccess(account).http).toEqual({
      bearerTokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token',
      tls: { caFile: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt' },
      proxyFromEnvironment: true,
    })
    const six = serviceAccount({ KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' })
    expect(six.server.href).toBe('https://[fd00::1]:6443/')
  })

  it.each([[{}], [{ KUBERNETES_SERVICE_HOST: '10.96.0.1' }], [{ KUBERNETES_SERVICE_PORT: '443' }]])(
    'is not where there is no address: %j',
    (env) => expect(() => serviceAccount(env as Record<string, string>)).toThrow('does not run inside Kubernetes'),
  )
})

it('servers may have a path, and questions say who asks', async () => {
  const fakes = fakePorts()
  fakes.hosts.set('rancher', () => answer('{}'))
  const api = createKubernetesApi(
    { server: new URL('https://rancher/k8s/clusters/c-1/'), http: { bearerToken: 't' } },
    { ...fakes.ports, timers: createTimers(fakes.clock) },
    'skein/test',
  )
  const query = [
    ['labelSelector', 'a in (b, c)'],
    ['continue', ''],
  ] as const
  await api.get({
    path: '/api/v1/pods',
    query,
    deadline: 1e9,
    maxBodyBytes: 10,
    signal: new AbortController().signal,
  })
  const [request] = fakes.requests
  expect(request.url.href).toBe('https://rancher/k8s/clusters/c-1/api/v1/pods?labelSelector=a+in+%28b%2C+c%29')
  expect(request.headers).toEqual([
    ['Accept', 'application/json'],
    ['User-Agent', 'skein/test'],
    ['Authorization', 'Bearer t'],
  ])
  api.close()
  expect(fakes.clients.size).toBe(0)
})
