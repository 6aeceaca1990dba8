/** What the arguments of discovery.consul and discovery.consulagent must fulfil, and what they say about requests. */
import { apiAddress } from '../../discovery/json-api.ts'
import type { OutboundConfig } from '../../outbound/config.ts'
import type { ReportField } from '../../syntax/schema.ts'
import type { Secret } from '../../syntax/value.ts'
import { type HttpClientArgs, outboundConfig } from '../http-client.ts'
import { reportAddress } from './report-address.ts'

export interface ConsulArgs {
  readonly server: string
  readonly scheme: 'http' | 'https'
  readonly token: Secret | undefined
  readonly username: string
  readonly password: Secret | undefined
  readonly refresh_interval: number
  readonly http: HttpClientArgs
}

export function validateConsul(args: ConsulArgs, report: ReportField): void {
  const { server, scheme, token, username, password, refresh_interval, http } = args
  if (server.trim() === '') report('consul SD configuration requires a server address', 'server')
  else reportAddress(() => apiAddress(server, 'server', scheme), report, 'server')
  if (refresh_interval <= 0) report('refresh_interval must be greater than 0', 'refresh_interval')
  if ((username !== '' || password !== undefined) && http.basic_auth !== undefined) {
    report(
      'at most one of consul SD configuration username and password and basic auth can be configured',
      'basic_auth',
    )
  }
  if (token !== undefined && (http.authorization !== undefined || http.oauth2 !== undefined)) {
    report('at most one of consul SD token, authorization, or oauth2 can be configured', 'token')
  }
}

/** Holds secrets: not to be logged. */
export function consulOutbound({ username, password, http }: ConsulArgs): OutboundConfig {
  const outbound = outboundConfig(http)
  if (username === '' && password === undefined) return outbound
  return { ...outbound, basicAuth: { username, password: password?.reveal() ?? '' } }
}
