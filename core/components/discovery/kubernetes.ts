/** discovery.kubernetes: targets from the objects of a Kubernetes API. The work is done in core/discovery/kubernetes. */
import { kubernetesDiscovery } from '../../discovery/kubernetes/kubernetes.ts'
import { ROLES, type Role, type RoleSettings, SELECTABLE } from '../../discovery/kubernetes/roles.ts'
import { CodedError, messageOf } from '../../errors.ts'
import type { AnyComponentDefinition } from '../../graph/component.ts'
import { type Access, inClusterAccess, type ServiceAccount, serviceAccount } from '../../kubernetes/access.ts'
import { readKubeconfig } from '../../kubernetes/kubeconfig.ts'
import type { Files, Ports } from '../../ports.ts'
import { attr, block, nested, type ReportField, type Schema, squash } from '../../syntax/schema.ts'
import { bool, list, oneOf, string } from '../../syntax/types.ts'
import { type HttpClientArgs, httpClient, outboundConfig } from '../http-client.ts'
import { discoveryComponent } from './discovering.ts'

interface Args {
  readonly role: Role
  readonly api_server: string
  readonly kubeconfig_file: string
  readonly http: HttpClientArgs
  readonly namespaces: { readonly own_namespace: boolean; readonly names: readonly string[] } | undefined
  readonly selectors: readonly { readonly role: Role; readonly label: string; readonly field: string }[]
  readonly attach_metadata: { readonly node: boolean; readonly namespace: boolean } | undefined
}

const schema: Schema<Args> = block(
  {
    role: attr.required(oneOf(...ROLES), 'Which kind of objects become targets.'),
    api_server: attr.optional(
      string,
      '',
      'URL of the API server; unless it or kubeconfig_file is given, the one of the cluster that skein runs in.',
    ),
    kubeconfig_file: attr.optional(string, '', 'Path of a kubeconfig file, whose current context is used.'),
    http: squash(httpClient),
    namespaces: nested.optional(
      block({
        own_namespace: attr.optional(bool, false, 'Whether the namespace that skein runs in is one of them.'),
        names: attr.optional(list(string), [], 'Names of namespaces.'),
      }),
      'Which namespaces are searched; all of them unless given.',
    ),
    selectors: nested.repeated(
      block({
        role: attr.required(oneOf(...ROLES), 'Which objects are selected from.'),
        label: attr.optional(string, '', 'Label selector.'),
        field: attr.optional(string, '', 'Field selector.'),
      }),
      'Which objects are looked at, by role.',
    ),
    attach_metadata: nested.optional(
      block({
        node: attr.optional(
          bool,
          false,
          'Whether targets get the labels and annotations of their node; for the roles pod, endpoints and endpointslice.',
        ),
        namespace: attr.optional(
          bool,
          false,
          'Whether targets get the labels and annotations of their namespace; for all roles but node.',
        ),
      }),
      'Metadata of other objects that targets get.',
    ),
  },
  { validate },
)

function validate(args: Args, report: ReportField): void {
  const { role, api_server: server, kubeconfig_file: kubeconfig, namespaces, selectors } = args
  if (server !== '' && !(/^https?:\/\//i.test(server) && URL.canParse(server))) {
    report('api_server must be an http or https URL', 'api_server')
  }
  if (kubeconfig !== '' && server !== '') {
    report("cannot use 'kubeconfig_file' and 'api_server' simultaneously", 'kubeconfig_file')
  }
  const without = customised(args.http)
  if (without !== undefined && kubeconfig !== '') {
    report("cannot use a custom HTTP client configuration together with 'kubeconfig_file'", without)
  } else if (without !== undefined && server === '') {
    report("to use custom HTTP client configuration please provide the 'api_server' URL explicitly", without)
  }
  for (const [name, value] of [
    ['api_server', server],
    ['kubeconfig_file', kubeconfig],
  ]) {
    if (value !== '' && namespaces?.own_namespace) {
      report(`cannot use '${name}' and 'namespaces.own_namespace' simultaneously`, 'namespaces')
    }
  }
  const seen = new Set<Role>()
  for (const selector of selectors) {
    if (seen.has(selector.role)) report(`duplicated selector role: ${selector.role}`, 'selectors')
    seen.add(selector.role)
    if (!SELECTABLE[role].includes(selector.role)) {
      report(`${role} role supports only ${SELECTABLE[role].join(', ')} selectors`, 'selectors')
    }
  }
}

/** The name of an argument that says how to ask, which only counts for an `api_server`. */
function customised(http: HttpClientArgs): string | undefined {
  const names = [
    'basic_auth',
    'authorization',
    'oauth2',
    'tls_config',
    'bearer_token',
    'bearer_token_file',
    'proxy_url',
    'proxy_from_environment',
    'http_headers',
  ] as const
  return names.find((name) => Boolean(http[name]))
}

function accessOf(args: Args, { files }: Ports, account: () => ServiceAccount): Access {
  if (args.kubeconfig_file !== '') return readKubeconfig(read(files, args.kubeconfig_file), args.kubeconfig_file)
  if (args.api_server !== '') return { server: new URL(args.api_server), http: outboundConfig(args.http) }
  return inClusterAccess(account())
}

function settingsOf(args: Args, { files }: Ports, account: () => ServiceAccount): RoleSettings {
  const names = [...(args.namespaces?.names ?? [])]
  if (args.namespaces?.own_namespace) names.push(ownNamespace(files, account()))
  return {
    role: args.role,
    namespaces: names,
    selectors: new Map(args.selectors.map(({ role, label, field }) => [role, { label, field }])),
    attach: { node: args.attach_metadata?.node ?? false, namespace: args.attach_metadata?.namespace ?? false },
  }
}

function ownNamespace(files: Files, { namespaceFile }: ServiceAccount): string {
  const name = read(files, namespaceFile).trim()
  if (name === '') throw new CodedError('config', `could not determine the pod's namespace: ${namespaceFile} is empty`)
  return name
}

function read(files: Files, path: string): string {
  try {
    return new TextDecoder().decode(files.readSync(path))
  } catch (thrown) {
    throw new CodedError('config', `unable to read ${path}: ${messageOf(thrown)}`, { cause: thrown })
  }
}

export const discoveryKubernetes: AnyComponentDefinition = discoveryComponent({
  name: 'discovery.kubernetes',
  does: 'Finds pods, services, endpoints, nodes or ingresses by watching a Kubernetes API.',
  schema,
  discovery(args: Args, surroundings) {
    const { ports } = surroundings
    const account = (): ServiceAccount => serviceAccount(ports.host.env)
    const access = accessOf(args, ports, account)
    return kubernetesDiscovery({ access, ...settingsOf(args, ports, account) }, surroundings)
  },
})
