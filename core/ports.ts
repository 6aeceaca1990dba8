/**
 * Every interface between the core and the world outside. A port exists only where adapters truly differ or where the
 * simulator must be in control; everything else is passed as data. Contracts are in the comments; `adapters/` fulfils
 * them, `test/` fakes them.
 */

/** A moment on the monotonic clock, in milliseconds; only differences mean anything. */
export type Monotonic = number

export interface Clock {
  /** Wall time in milliseconds since the Unix epoch, fractions allowed. May jump. */
  now(): number
  /** Milliseconds on a clock that never jumps. */
  monotonic(): Monotonic
  /** Calls `wakeUp` once, at or after `at`; the returned function cancels it. Only `core/time` calls this. */
  wake(at: Monotonic, wakeUp: () => void): () => void
  /** Resolves after the host has had a turn for I/O and other timers: long work calls it between slices. */
  turn(): Promise<void>
}

/** Where a request came in; what a fetch handler can't see of it otherwise. */
export interface Connection {
  /** `ip:port` of the other side, an IPv6 address in brackets; undefined when there is no socket. */
  readonly remoteAddress: string | undefined
  readonly httpVersion: '1' | '2'
}

/** Pseudo-random numbers for jitter and hash seeds; never for secrets. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
}

export interface TlsOptions {
  /** PEM; when absent the host's trust store is used. */
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly serverName?: string
  readonly insecureSkipVerify?: boolean
  readonly minVersion?: 'TLS10' | 'TLS11' | 'TLS12' | 'TLS13'
}

export interface ProxyOptions {
  readonly url: string
  /** Extra headers of the CONNECT request. */
  readonly connectHeaders?: readonly HeaderField[]
}

/** One header line; the name's case is sent as given. */
export type HeaderField = readonly [name: string, value: string]

/** What stays the same for all requests of one HttpClient: the identity of its connection pool. */
export interface HttpClientOptions {
  readonly tls?: TlsOptions
  /** Decides per URL which proxy to use, if any. */
  readonly proxyFor?: (url: URL) => ProxyOptions | undefined
  /** Resolve the host for each new connection and pick one of its addresses at random. */
  readonly roundRobinDns?: boolean
  /** Path of a Unix socket: every connection is made there, whatever host the URL names, and no proxy is used. */
  readonly socketPath?: string
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers: readonly HeaderField[]
  readonly body?: Uint8Array
  /** One deadline over connecting, sending, headers and body. */
  readonly deadline: Monotonic
  /** Stops reading, and fails with `too-large`, once the body as received has more bytes than this. */
  readonly maxBodyBytes: number
  readonly signal?: AbortSignal
}

export interface HttpResponse {
  readonly ok: true
  readonly status: number
  /** Text after the status number, such as `Not Found`; may be empty. */
  readonly statusText: string
  /** Value of a header, name in lower case; several lines are joined with `, `. */
  header(name: string): string | undefined
  /** As received, content encoding not undone. Owned by the caller. */
  readonly body: Uint8Array
}

export interface HttpFailure {
  readonly ok: false
  readonly reason: 'timeout' | 'aborted' | 'dns' | 'refused' | 'tls' | 'reset' | 'too-large' | 'protocol'
  /** For people: what happened, with address, as Go's and Node's own messages do. */
  readonly message: string
}

/**
 * Outbound HTTP without opinions: one request, one answer; no redirects, no content decoding, no authentication (those
 * are `core/outbound`). Connections are kept alive and re-used. Never throws for what the network does.
 */
export interface HttpClient {
  send(request: HttpRequest): Promise<HttpResponse | HttpFailure>
  /** Closes idle connections; requests under way run to their end. */
  close(): void
}

/** What stays the same for all requests to peers. */
export interface PeerClientOptions {
  /** TLS between peers; plain HTTP/2 with prior knowledge when absent. */
  readonly tls?: TlsOptions
  /** A connection that isn't made by then counts as failed, whatever the request's deadline. */
  readonly connectTimeoutMs: number
}

/**
 * HTTP/2 alone: with prior knowledge on plain TCP, by ALPN with TLS. One session per `host:port`, opened at the first
 * request and kept; a session that fails, or on which a request timed out, is given up and the next request opens another.
 * Idle sessions are kept honest by HTTP/2 PINGs where the host can. The request's body is sent whole and ended; the answer is
 * awaited whole. No request ever waits for another `host:port`. Throws a CodedError for TLS options that can't work.
 */
export interface PeerClients {
  open(options: PeerClientOptions): HttpClient
}

export interface HttpClients {
  /** Throws a CodedError when this host can't honour an option, so that it is an error of the configuration. */
  open(options: HttpClientOptions): HttpClient
  /** Proxy settings of the process environment, for `proxy_from_environment`. */
  readonly proxyFromEnvironment: (url: URL) => ProxyOptions | undefined
}

export interface FileChange {
  close(): void
}

export interface Files {
  /** Whole file; rejects with the host's error (its message names the path). */
  read(path: string): Promise<Uint8Array>
  /** The same without a turn of the event loop: for configuration and secrets, which are small. */
  readSync(path: string): Uint8Array
  /** Names of the entries directly inside a directory; undefined when the path is not a directory. */
  list(path: string): Promise<readonly string[] | undefined>
  /** Calls `changed` soon after the file was written, replaced, created or removed. Best effort: pair it with polling. */
  watch(path: string, changed: () => void): FileChange
  /** Appends, creating the file with mode 0666 less umask. */
  append(path: string, text: string): Promise<void>
  /**
   * Makes this the file's whole content, all at once: who reads meanwhile finds the old one or the new one, also after a crash.
   * Creates missing directories; files are for this user alone (0600), and so are the directories (0700).
   */
  replace(path: string, bytes: Uint8Array): Promise<void>
}

/**
 * Append-only files in directories of their own, for the queues of remote_write. Everything rejects with the host's error (its
 * message names the path). One process at a time uses a directory.
 */
export interface SegmentStore {
  /** Opens a directory, and creates it (0700) when it isn't there. */
  open(path: string): Promise<SegmentDirectory>
  /** Names of the directories inside a directory; none when it doesn't exist. */
  list(path: string): Promise<readonly string[]>
  /** Removes a directory and all that is in it. */
  discard(path: string): Promise<void>
}

export interface SegmentDirectory {
  /** The files in it, in no particular order. */
  list(): Promise<readonly SegmentFile[]>
  /** Makes a new file (0600); rejects when there is one of that name. The name lasts a crash of the machine after its first `sync`. */
  create(name: string): Promise<SegmentWriter>
  /** At most `length` bytes from `offset` on; fewer only where the file ends. Those of an append that has not resolved may be missing. */
  read(name: string, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>
  /** Also while it is open for writing. */
  remove(name: string): Promise<void>
}

export interface SegmentFile {
  readonly name: string
  readonly bytes: number
  /** When it was last written, in ms since the epoch. */
  readonly modified: number
}

export interface SegmentWriter {
  /**
   * Appends all of the bytes, in the order of the calls. Once it has resolved they outlive this process, though not the machine.
   * When it rejects, any part of them may be in the file, and nothing more is to be appended to it. The bytes may be
   * changed again when it has settled.
   */
  append(bytes: Uint8Array): Promise<void>
  /** Resolves when all that was appended before outlives a crash of the machine. */
  sync(): Promise<void>
  /** What was appended stays; does not sync. */
  close(): Promise<void>
}

export interface Codecs {
  /**
   * Inflates a whole gzip stream (also several members) into `out`, checksum verified.
   * Returns the number of bytes written, or -1 when they don't fit. Throws on damaged or truncated input.
   */
  gunzipInto(input: Uint8Array, out: Uint8Array): number
  /** The same for bodies of unknown size, off the event loop; resolves to undefined when there are more than `limit` bytes. */
  gunzip(input: Uint8Array, limit: number): Promise<Uint8Array | undefined>
  gzip(input: Uint8Array): Promise<Uint8Array>
}

export interface ServiceRecord {
  /** Without the trailing dot. */
  readonly target: string
  readonly port: number
}

export type DnsRecordType = 'A' | 'AAAA' | 'MX' | 'NS' | 'SRV'

export interface DnsRecord {
  /** An IP address, or the name that the record leads to, without the trailing dot. */
  readonly target: string
  /** Of an SRV record. */
  readonly port?: number
}

/** Look-ups of names. All resolve to nothing when there is no such name or record, and reject when nobody answers. */
export interface Dns {
  /** IP addresses of a name, A and AAAA, as the host's own resolution gives them (its hosts file included). */
  addresses(name: string): Promise<readonly string[]>
  /** SRV records, the most preferred first. */
  services(name: string): Promise<readonly ServiceRecord[]>
  /**
   * Records of one type as the host's DNS servers give them, after aliases: with its search domains, without its hosts file or
   * a cache. Rejects also when a server failed, with the name in the message, and when `signal` aborted.
   */
  records(name: string, type: DnsRecordType, signal?: AbortSignal): Promise<readonly DnsRecord[]>
}

/** A network interface and its IP addresses, in the order of the operating system; a scope (`%eth0`) is left out. */
export interface NetworkInterface {
  readonly name: string
  readonly loopback: boolean
  readonly addresses: readonly string[]
}

/** In bytes. */
export interface RuntimeMemory {
  /** Reserved for objects, in use or not. */
  readonly heapTotal: number
  /** Outside the heap, on behalf of objects in it. */
  readonly external: number
  /** Buffers; part of `external` on some runtimes. */
  readonly arrayBuffers: number
}

/** Facts about the process, for metrics and for `constants`; read on demand. */
export interface Host {
  readonly hostname: string
  interfaces(): readonly NetworkInterface[]
  readonly os: string
  readonly arch: string
  readonly runtime: string
  /** The environment, read once at start. */
  readonly env: Readonly<Record<string, string>>
  cpuSeconds(): number
  residentBytes(): number
  heapBytes(): number
  /** What the runtime has taken beside the objects in use, in bytes. */
  memory(): RuntimeMemory
  /**
   * How late timers have fired since this was last asked, in seconds, the newest at the end and of bounded number. Looking begins
   * when it is asked for the first time, and pauses while nobody asks.
   */
  timerDelays(): readonly number[]
  readonly startTimeSeconds: number
}

export interface Ports {
  readonly clock: Clock
  readonly random: Random
  readonly http: HttpClients
  readonly peers: PeerClients
  readonly files: Files
  readonly segments: SegmentStore
  readonly codecs: Codecs
  readonly dns: Dns
  readonly host: Host
}
