/** Asking the server: JSON answers and endless streams. Turns whatever goes wrong into a sentence for people. */
import type { Answer } from '../page.ts'

/** A node asks its peers before it answers, which it gives 4 s; a longer silence means that it hangs. */
const PATIENCE_MS = 15_000

/** What an error page of some proxy says needn't be read to its end. */
const MAX_PROBLEM_CHARACTERS = 300

/** What the server said to be wrong; nobody looks at more than one problem, so it is one sentence. */
export async function askJson<T>(url: URL, signal: AbortSignal): Promise<Answer<T>> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])
  let response: Response
  try {
    response = await fetch(url, { signal: patience, headers: { accept: 'application/json' } })
    if (!response.ok) return { ok: false, text: problemOf(response.status, await response.text()) }
  } catch (error) {
    return { ok: false, text: whyNot(error) }
  }
  try {
    return { ok: true, value: (await response.json()) as T }
  } catch (error) {
    if (error instanceof SyntaxError)
      return { ok: false, text: 'The answer was not JSON. Is a proxy in between that answers itself?' }
    return { ok: false, text: whyNot(error) }
  }
}

export function problemOf(status: number, body: string): string {
  if (status === 401) return 'The node wants a password (401). Load the page again to be asked for it.'
  if (status === 404 && /^\s*</.test(body))
    return 'The node does not know this question (404). Does it run an older skein?'
  if (status >= 502 && status <= 504) return `A proxy in between could not reach the node (${status}).`
  const said = errorIn(body) ?? body.trim()
  const short = said.length > MAX_PROBLEM_CHARACTERS ? `${said.slice(0, MAX_PROBLEM_CHARACTERS)}…` : said
  return short === '' || short.startsWith('<') ? `The node answered with status ${status}.` : short
}

function errorIn(body: string): string | undefined {
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value === 'object' && value !== null && 'error' in value) return String(value.error)
  } catch {
    // Plain text, then.
  }
  return undefined
}

function whyNot(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return `The node did not answer within ${PATIENCE_MS / 1000} s.`
  return 'The node does not answer. Has it been stopped, or is the network gone?'
}

/** Between the messages of Alloy's streams. */
export const SEPARATOR = '|;|'

/** A message longer than this has lost its end, and what comes is no stream of ours. */
const MAX_MESSAGE_CHARACTERS = 8 * 1024 * 1024

/** Cuts what arrives into messages; a separator may arrive in two halves. */
export function createSplitter(piece: (text: string) => void): (arrived: string) => void {
  let begun = ''
  return (arrived) => {
    const parts = (begun + arrived).split(SEPARATOR)
    begun = (parts.pop() ?? '').slice(-MAX_MESSAGE_CHARACTERS)
    for (const part of parts) piece(part)
  }
}

/** Resolves to why it ended; never rejects. */
export async function readStream(url: URL, signal: AbortSignal, piece: (text: string) => void): Promise<string> {
  try {
    const response = await fetch(url, { signal })
    if (!response.ok || response.body === null) return problemOf(response.status, await response.text())
    const split = createSplitter(piece)
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return 'The node has ended the stream.'
      split(value)
    }
  } catch (error) {
    return whyNot(error)
  }
}
