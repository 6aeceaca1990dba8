/** The head of an HTTP/1.x response: its status and header lines, and what they say about the body and the connection. */

export interface Head {
  readonly status: number
  readonly statusText: string
  readonly header: (name: string) => string | undefined
  readonly chunked: boolean
  readonly contentLength: number | undefined
  readonly keepAlive: boolean
  readonly keepAliveMs: number | undefined
}

const CR = 13
const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: (.*))?$/
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** `text` ends with its empty line. A string is what is wrong, in the words of Go's net/http. */
export function parseHead(text: string): Head | string {
  let lineEnd = text.indexOf('\n')
  const statusLine = trimLineEnd(text, 0, lineEnd)
  const match = STATUS_LINE.exec(statusLine)
  if (match === null) {
    return statusLine.startsWith('HTTP/')
      ? `malformed HTTP version or status "${printable(statusLine)}"`
      : `malformed HTTP response "${printable(statusLine)}"`
  }

  const names: string[] = []
  const values: string[] = []
  for (let at = lineEnd + 1; at < text.length; at = lineEnd + 1) {
    lineEnd = text.indexOf('\n', at)
    const line = trimLineEnd(text, at, lineEnd)
    if (line === '') break
    const first = line.charCodeAt(0)
    if (first === 0x20 || first === 0x09) {
      if (names.length === 0) return `malformed header line "${printable(line)}"`
      values[values.length - 1] += ` ${line.trim()}`
      continue
    }
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon))
    if (!HEADER_NAME.test(name)) return `malformed header line "${printable(line)}"`
    names.push(name.toLowerCase())
    values.push(line.slice(colon + 1).trim())
  }

  const header = (name: string): string | undefined => {
    let found: string | undefined
    for (let i = 0; i < names.length; i++) {
      if (names[i] === name) found = found === undefined ? values[i] : `${found}, ${values[i]}`
    }
    return found
  }

  const encoding = header('transfer-encoding')
  const chunked = encoding !== undefined && encoding.toLowerCase() !== 'identity'
  if (chunked && encoding.toLowerCase() !== 'chunked') return `unsupported transfer encoding: "${printable(encoding)}"`
  const lengths = header('content-length')
  const contentLength = chunked ? undefined : parseContentLength(lengths)
  if (Number.isNaN(contentLength)) return `bad Content-Length "${printable(lengths ?? '')}"`

  const connection = (header('connection') ?? '').toLowerCase()
  const keepAlive = match[1] === '1' ? !hasToken(connection, 'close') : hasToken(connection, 'keep-alive')
  const seconds = /(?:^|[,\s])timeout=(\d{1,9})/i.exec(header('keep-alive') ?? '')?.[1]
  return {
    status: Number(match[2]),
    statusText: match[3] ?? '',
    header,
    chunked,
    contentLength,
    // Both framings at once is how requests are smuggled: the answer counts, the connection does not.
    keepAlive: keepAlive && !(chunked && lengths !== undefined),
    keepAliveMs: seconds === undefined ? undefined : Number(seconds) * 1000,
  }
}

/** Undefined when there is none; NaN when it can't be believed. Equal repetitions pass. */
function parseContentLength(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const values = text.split(',').map((part) => part.trim())
  if (!/^\d{1,15}$/.test(values[0]) || values.some((value) => value !== values[0])) return Number.NaN
  return Number(values[0])
}

function hasToken(list: string, token: string): boolean {
  return list === token || list.split(',').some((part) => part.trim() === token)
}

function trimLineEnd(text: string, from: number, lineFeed: number): string {
  const end = lineFeed < 0 ? text.length : lineFeed
  return text.slice(from, end > from && text.charCodeAt(end - 1) === CR ? end - 1 : end)
}

/** What a stranger sent, fit for a log line. */
function printable(text: string): string {
  const short = text.length > 100 ? `${text.slice(0, 100)}...` : text
  return short.replace(/[^\x20-\x7e]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
