/** Arguments that discovery.docker and discovery.dockerswarm share. */
import type { DockerAccess, DockerFilter } from '../../discovery/docker-api.ts'
import { apiAddress } from '../../discovery/json-api.ts'
import {
  type AttributeField,
  attr,
  type BlockField,
  block,
  nested,
  type ReportField,
  type SquashField,
  squash,
} from '../../syntax/schema.ts'
import { duration, list, string } from '../../syntax/types.ts'
import { type HttpClientArgs, httpClient, outboundConfig } from '../http-client.ts'
import { reportAddress } from './report-address.ts'

export const dockerFields: {
  readonly host: AttributeField<string>
  readonly refresh_interval: AttributeField<number>
  readonly filter: BlockField<readonly DockerFilter[]>
  readonly http: SquashField<HttpClientArgs>
} = {
  host: attr.required(
    string,
    'Where the daemon is: unix:///var/run/docker.sock, tcp://host:port or http(s)://host:port.',
  ),
  refresh_interval: attr.optional(duration, 60_000, 'How often the daemon is asked.'),
  filter: nested.repeated(
    block({
      name: attr.required(string, 'Name of a filter, as Docker calls it.'),
      values: attr.required(list(string), 'One of these is enough.'),
    }),
    'Takes what matches alone; Docker does the matching.',
  ),
  http: squash(httpClient),
}

export interface DockerArgs {
  readonly host: string
  readonly refresh_interval: number
  readonly http: HttpClientArgs
}

export function validateDocker({ host, refresh_interval }: DockerArgs, report: ReportField): void {
  if (host === '') report('host attribute must not be empty', 'host')
  else reportAddress(() => apiAddress(host, 'host'), report, 'host')
  if (refresh_interval <= 0) report('refresh_interval must be greater than 0', 'refresh_interval')
}

/** Holds secrets: not to be logged. */
export function dockerAccess({ host, refresh_interval, http }: DockerArgs): DockerAccess & {
  readonly refreshMs: number
} {
  return { host, outbound: outboundConfig(http), refreshMs: refresh_interval }
}
