/**
 * A Consul (or, with other paths, a Nomad) that knows services and answers as its documentation says: blocking queries with an
 * index over all that it knows, and instances in the form of the health API.
 */
import { type ApiAnswer, type ApiRequest, type FakeApi, fakeApi } from './fake-api.ts'

export interface FakeServices extends FakeApi {
  /** Instances of a service; undefined takes it away. Held queries are answered. */
  set(name: string, instances: readonly unknown[] | undefined): void
  /** Where the index stands; may be set back. */
  index: number
  /** Answers all requests whose path begins so with this status and body, until told `undefined`. */
  fail(path: string, answer: ApiAnswer | undefined): void
  /** Requests that are held until something changes. */
  readonly held: number
}

export interface FakeKind {
  readonly header: string
  /** The list of all services. */
  readonly listPath: string
  readonly list: (services: ReadonlyMap<string, readonly unknown[]>) => unknown
  /** Instances of one are below this. */
  readonly servicePath: string
}

export const CONSUL: FakeKind = {
  header: 'X-Consul-Index',
  listPath: '/v1/catalog/services',
  list: (services) => Object.fromEntries([...services].map(([name, instances]) => [name, tagsOf(instances)])),
  servicePath: '/v1/health/service/',
}

export const NOMAD: FakeKind = {
  header: 'X-Nomad-Index',
  listPath: '/v1/services',
  list: (services) => [
    {
      Namespace: 'default',
      Services: [...services].map(([ServiceName, instances]) => ({ ServiceName, Tags: tagsOf(instances) })),
    },
  ],
  servicePath: '/v1/service/',
}

export async function fakeServices(kind: FakeKind): Promise<FakeServices> {
  const services = new Map<string, readonly unknown[]>()
  const failing = new Map<string, ApiAnswer>()
  const held = new Set<() => void>()

  function content({ path }: ApiRequest): ApiAnswer {
    const headers = { [kind.header]: String(server.index) }
    if (path === kind.listPath) return { headers, body: kind.list(services) }
    if (!path.startsWith(kind.servicePath)) return { status: 404, body: '' }
    return { headers, body: services.get(path.slice(kind.servicePath.length)) ?? [] }
  }

  async function answer(request: ApiRequest): Promise<ApiAnswer> {
    for (const [path, failure] of failing) if (request.path.startsWith(path)) return failure
    if (Number(request.query.get('index') ?? 0) >= server.index) {
      await new Promise<void>((resolve) => held.add(resolve))
    }
    return content(request)
  }

  const api = await fakeApi(answer)
  const server: FakeServices = Object.assign(api, {
    index: 10,
    held: 0,
    set(name: string, instances: readonly unknown[] | undefined): void {
      server.index++
      if (instances === undefined) services.delete(name)
      else services.set(name, instances)
      const waiting = [...held]
      held.clear()
      for (const go of waiting) go()
    },
    fail(path: string, failure: ApiAnswer | undefined): void {
      if (failure === undefined) failing.delete(path)
      else failing.set(path, failure)
    },
  })
  Object.defineProperty(server, 'held', { get: () => held.size })
  return server
}

function tagsOf(instances: readonly unknown[]): string[] {
  const tags = (instances as { Service?: { Tags?: string[] }; Tags?: string[] }[]).flatMap(
    (instance) => instance.Service?.Tags ?? instance.Tags ?? [],
  )
  return [...new Set(tags)]
}

/** An instance as the health API lists it. */
export function consulInstance(id: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    Node: {
      ID: 'b1',
      Node: 'node-1',
      Address: '10.1.0.1',
      Datacenter: 'dc1',
      TaggedAddresses: { lan: '10.1.0.1', lan_ipv4: '10.1.0.1', wan: '198.51.100.7' },
      Meta: { 'rack-id': '7' },
    },
    Service: {
      ID: id,
      Service: 'web',
      Tags: ['prod', 'v2'],
      Address: '',
      Port: 8080,
      Meta: { version: '2' },
      Namespace: 'default',
      Partition: 'default',
    },
    Checks: [{ CheckID: 'serfHealth', Status: 'passing' }],
    ...changes,
  }
}
