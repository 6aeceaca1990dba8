/** The public interface of skein as a library: what is here is kept stable. */
export { type Agent, type AgentOptions, createAgent, type LoadOutcome } from './agent.ts'
export { type ClusterFlags, type ClusterOptions, type PreparedCluster, prepareCluster } from './cluster/settings.ts'
export { CodedError, type ErrorCode } from './errors.ts'
export type { ServerCertificate, SetTls } from './http/server-tls.ts'
export type {
  Clock,
  Codecs,
  Connection,
  Dns,
  FileChange,
  Files,
  HeaderField,
  Host,
  HttpClient,
  HttpClientOptions,
  HttpClients,
  HttpFailure,
  HttpRequest,
  HttpResponse,
  Monotonic,
  NetworkInterface,
  PeerClientOptions,
  PeerClients,
  Ports,
  ProxyOptions,
  Random,
  ServiceRecord,
  TlsOptions,
} from './ports.ts'
export type { Batch, Receiver, SeriesSource, Sink } from './series/batch.ts'
export type { LogFields, Logger, LogValue } from './telemetry/logger.ts'
