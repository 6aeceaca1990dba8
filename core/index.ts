/** The public interface of skein as a library: what is here is kept stable. */
export { type Agent, type AgentOptions, createAgent, type LoadOutcome } from './agent.ts'
export { CodedError, type ErrorCode } from './errors.ts'
export type {
  Clock,
  Codecs,
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
  Ports,
  ProxyOptions,
  Random,
  TlsOptions,
} from './ports.ts'
export type { Batch, Receiver, SeriesSource, Sink } from './series/batch.ts'
export type { LogFields, Logger, LogValue } from './telemetry/logger.ts'
