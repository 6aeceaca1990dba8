/** How to reach a Kubernetes API: where it is, and how to ask there. From inside a cluster: with the pod's own account. */
import { CodedError } from '../errors.ts'
import type { OutboundConfig } from '../outbound/config.ts'

export interface Access {
  /** May have a path, as behind Rancher. */
  readonly server: URL
  /** Holds secrets: not to be logged. */
  readonly http: OutboundConfig
}

/** What Kubernetes gives to every pod. Tokens are replaced every hour: files are to be read anew. */
export interface ServiceAccount {
  readonly server: URL
  readonly tokenFile: string
  readonly caFile: string
  /** Holds the name of the pod's namespace. */
  readonly namespaceFile: string
}

const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'

/** Throws a CodedError when this process is not in a pod. Reads no files. */
export function serviceAccount(env: Readonly<Record<string, string>>): ServiceAccount {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env
  if (!host || !port) {
    throw new CodedError(
      'config',
      'this process does not run inside Kubernetes: KUBERNETES_SERVICE_HOST and _PORT are not set',
    )
  }
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${port}`
  if (!URL.canParse(url)) {
    throw new CodedError('config', 'KUBERNETES_SERVICE_HOST and _PORT are not the address of an API server')
  }
  return {
    server: new URL(url),
    tokenFile: `${FOLDER}/token`,
    caFile: `${FOLDER}/ca.crt`,
    namespaceFile: `${FOLDER}/namespace`,
  }
}

/** As client-go does it: with the token, the CA and the proxy settings of the pod. */
export function inClusterAccess(account: ServiceAccount): Access {
  const { server, tokenFile, caFile } = account
  return { server, http: { bearerTokenFile: tokenFile, tls: { caFile }, proxyFromEnvironment: true } }
}
