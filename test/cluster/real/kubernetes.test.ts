/** Pods found at an API server of the test's own, over TLS, with the account's token and CA. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { processPorts } from '../../../adapters/shared/process-ports.ts'
import { createDiscover } from '../../../core/cluster/discover.ts'
import { peerClients } from '../../adapters/shared/this-runtime.ts'

const pem = (name: string): string => readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url), 'utf8')

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

/** Answers as the API server does, for one namespace and one token. */
async function apiServer(): Promise<number> {
  const server = createServer({ cert: pem('server'), key: pem('server-key') }, (request, response) => {
    const url = new URL(request.url ?? '/', 'https://api')
    if (request.headers.authorization !== 'Bearer let-me-in') response.writeHead(401).end('{}')
    else if (url.pathname !== '/api/v1/namespaces/monitoring/pods') response.writeHead(403).end('{}')
    else {
      const items = ['10.1.0.1', '10.1.0.2'].map((podIP, i) => ({
        metadata: { name: `skein-${i}`, labels: { app: i === 0 ? 'skein' : 'other' } },
        status: { phase: 'Running', podIP },
      }))
      const wanted = url.searchParams.get('labelSelector')?.split('=')[1]
      const chosen = items.filter(({ metadata }) => wanted === undefined || metadata.labels.app === wanted)
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ kind: 'PodList', items: chosen }))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

function discover(port: number, token: string, ca: string, text: string) {
  const own = processPorts('test', peerClients)
  const account = '/var/run/secrets/kubernetes.io/serviceaccount'
  const files: Record<string, string> = { [`${account}/token`]: `${token}\n`, [`${account}/ca.crt`]: ca }
  const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(port) }
  const ports = {
    ...own,
    files: { ...own.files, readSync: (path: string) => new TextEncoder().encode(files[path]) },
    host: { ...own.host, env },
  }
  return createDiscover({ joinEntries: [], discoverPeers: text, defaultPort: 12345 }, ports).discover()
}

it('finds the pods that match', async () => {
  const port = await apiServer()
  const text = 'provider=k8s namespace=monitoring label_selector="app=skein"'
  expect(await discover(port, 'let-me-in', pem('ca'), text)).toEqual({
    addresses: ['10.1.0.1:12345'],
    alternates: [],
    problems: [],
  })
})

it('says what is wrong with the account', async () => {
  const port = await apiServer()
  const problem = async (token: string, ca: string, text: string) =>
    (await discover(port, token, ca, text)).problems.join()
  expect(await problem('nonsense', pem('ca'), 'provider=k8s')).toContain('the API server answered 401')
  expect(await problem('let-me-in', pem('ca'), 'provider=k8s')).toContain('needs the right to list pods')
  expect(await problem('let-me-in', pem('stranger'), 'provider=k8s')).toContain("the API server can't be asked")
})
