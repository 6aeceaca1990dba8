import { describe, expect, it } from 'vitest'
import { createDiscover } from '../../core/cluster/discover.ts'
import { parseDiscoverString } from '../../core/cluster/discover-string.ts'
import type { HttpRequest } from '../../core/ports.ts'
import { answer, fakePorts } from '../components/fake-ports.ts'

const parsed = (text: string) => {
  const result = parseDiscoverString(text)
  return result.ok ? Object.fromEntries(result.values) : result.problem
}

describe('strings of go-discover', () => {
  it.each([
    ['provider=k8s', { provider: 'k8s' }],
    ['  provider=aws   region = eu-west-1 ', { provider: 'aws', region: 'eu-west-1' }],
    ['provider=k8s label_selector="app=a,b in (c, d)"', { provider: 'k8s', label_selector: 'app=a,b in (c, d)' }],
    ['a="" "b c"="say \\"hi\\" \\\\ é"', { a: '', 'b c': 'say "hi" \\ é' }],
    ['', {}],
  ])('%j', (text, values) => {
    expect(parsed(text)).toEqual(values)
  })

  it.each([
    ['provider', 'character 9: a "=" is missing'],
    ['provider=', 'character 10: a value is missing'],
    ['provider==k8s', 'character 10: a value is missing'],
    ['=k8s', 'character 1: "=" without a key before it'],
    ['provider  k8s', 'character 11: a "=" is missing'],
    ['a=1 a=2', 'character 7: a key is given twice'],
    ['secret="top', 'character 8: a quote is not closed'],
    ['secret=very top', 'character 16: a "=" is missing'],
    ['secret=to"p', 'character 10: a quote is not closed'],
    ['secret=to\\p', 'character 10: a backslash outside of quotes'],
  ])('%j can not be read, and no value is told', (text, problem) => {
    expect(parsed(text)).toContain(problem)
    expect(parsed(text)).not.toContain('top')
  })
})

const pod = (name: string, ip: string, more: Record<string, unknown> = {}, status: Record<string, unknown> = {}) => ({
  metadata: { name, ...more },
  spec: { containers: [{ ports: [{ name: 'http', containerPort: 8080, hostPort: 30080 }, {}] }] },
  status: {
    phase: 'Running',
    podIP: ip,
    hostIP: '192.168.0.1',
    conditions: [{ type: 'Ready', status: 'True' }],
    ...status,
  },
})

function kubernetes(items: unknown, status = 200) {
  const fakes = fakePorts()
  fakes.files.put('/var/run/secrets/kubernetes.io/serviceaccount/token', 'abc\n')
  fakes.files.put('/var/run/secrets/kubernetes.io/serviceaccount/ca.crt', 'CA')
  const requests: HttpRequest[] = []
  fakes.hosts.set('10.96.0.1:6443', (request) => {
    requests.push(request)
    return answer(typeof items === 'string' ? items : JSON.stringify({ items }), {}, status)
  })
  const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '6443' }
  const ports = { ...fakes.ports, host: { ...fakes.ports.host, env } }
  const find = (text: string) =>
    createDiscover({ joinEntries: [], discoverPeers: text, defaultPort: 12345 }, ports).discover()
  return { find, requests, clients: fakes.clients }
}

describe('pods of Kubernetes', () => {
  it('are asked for with the account of the pod', async () => {
    const { find, requests, clients } = kubernetes([pod('a', '10.1.0.1')])
    expect(await find('provider=k8s namespace=mon label_selector="app=skein" field_selector="x=y"')).toEqual({
      addresses: ['10.1.0.1:12345'],
      alternates: [],
      problems: [],
    })
    expect(requests[0].url.href).toBe(
      'https://10.96.0.1:6443/api/v1/namespaces/mon/pods?labelSelector=app%3Dskein&fieldSelector=x%3Dy',
    )
    expect(requests[0].headers).toContainEqual(['Authorization', 'Bearer abc'])
    expect(clients.size).toBe(0)
  })

  it('count when they run and are ready', async () => {
    const { find, requests } = kubernetes([
      pod('a', '10.1.0.1'),
      pod('b', '10.1.0.2', {}, { phase: 'Pending' }),
      pod('c', '10.1.0.3', {}, { conditions: [{ type: 'Ready', status: 'False' }] }),
      pod('d', 'fd00::4', {}, { conditions: [] }),
      pod('e', ''),
      'nonsense',
    ])
    const found = await find('provider=k8s')
    expect(found.addresses).toEqual(['10.1.0.1:12345', '[fd00::4]:12345'])
    expect(found.problems).toEqual(['provider k8s: pod e has no pod IP'])
    expect(requests[0].url.pathname).toBe('/api/v1/namespaces/default/pods')
  })

  it('may name their port, and may be on the network of their hosts', async () => {
    const port = (value: string) => ({ annotations: { 'consul.hashicorp.com/auto-join-port': value } })
    const items = [
      pod('a', '10.1.0.1', port('http')),
      pod('b', '10.1.0.2', port('99')),
      pod('c', '10.1.0.3', port('x')),
    ]
    const { find } = kubernetes(items)
    expect(await find('provider=k8s')).toMatchObject({
      addresses: ['10.1.0.1:8080', '10.1.0.2:99'],
      problems: ['provider k8s: pod c has no port "x", which consul.hashicorp.com/auto-join-port names'],
    })
    expect((await find('provider=k8s host_network=true')).addresses).toEqual(['192.168.0.1:30080', '192.168.0.1:99'])
  })

  it('may be odd without hiding the others', async () => {
    const port = { annotations: { 'consul.hashicorp.com/auto-join-port': 'http' } }
    const withPort = (containerPort: unknown) => ({
      ...pod('odd', '10.1.0.2', port),
      spec: { containers: [null, { ports: 'none' }, { ports: [{ name: 'http', containerPort }] }] },
    })
    const { find } = kubernetes([
      null,
      [],
      { status: { phase: 'Running', podIP: 7, conditions: {} } },
      pod('a', '10.1.0.1', port, { conditions: [null, { type: 'Ready', status: 'True' }] }),
      ...['http', 70_000, 1.5, {}, null].map(withPort),
    ])
    const { addresses, problems } = await find('provider=k8s')
    expect(addresses).toEqual(['10.1.0.1:8080'])
    expect(problems).toEqual([
      'provider k8s: pod ? has no pod IP',
      ...Array.from({ length: 5 }, () => expect.stringContaining('pod odd has no port "http"')),
    ])
  })

  it.each([
    [[], 200, 'no pod matches that is running and ready'],
    ['{}', 200, 'answered no list of pods'],
    ['<html>', 200, 'answered something that is not JSON'],
    ['', 403, 'answered 403: the service account needs the right to list pods'],
  ])('that can not be listed are a problem that says why: %j', async (items, status, problem) => {
    const { problems, addresses } = await kubernetes(items, status).find('provider=k8s')
    expect(addresses).toEqual([])
    expect(problems[0]).toContain(problem)
  })
})

describe('other providers', () => {
  const fakes = fakePorts()
  const dns = {
    addresses: async () => ['10.0.0.1'],
    services: async (name: string) => (name === '_skein._tcp.example.org' ? [{ target: 'n', port: 7 }] : []),
    records: async () => [],
  }
  const discovery = (discoverPeers: string) =>
    createDiscover({ joinEntries: [], discoverPeers, defaultPort: 1 }, { ...fakes.ports, dns })

  it('srv takes targets and ports of the records', async () => {
    const { discover, warning } = discovery('provider=srv service=skein domain=example.org')
    expect(warning).toBeUndefined()
    expect((await discover()).addresses).toEqual(['10.0.0.1:7'])
  })

  it.each([
    'provider=aws secret_access_key=hunter2',
    'secret_access_key=hunter2',
    'provider=srv domain=hunter2',
    'x="hunter2',
  ])('%s is a warning that tells no value, and the node is on its own', async (text) => {
    const { discover, warning } = discovery(text)
    expect(warning).toMatch(/^--cluster\.discover-peers .*This node looks for nobody$/)
    expect(warning).not.toContain('hunter2')
    expect(await discover()).toEqual({ addresses: [], alternates: [], problems: [] })
  })
})
