/** Errors of the core: a stable code to switch on, a message for people. */

export type ErrorCode =
  | 'config' // a configuration that can't work
  | 'unsupported' // an option that this host or version can't honour
  | 'gzip' // damaged compressed data
  | 'internal' // a broken promise between rooms: a bug

/** What skein throws on purpose. Expected outcomes are returned as unions instead. */
export class CodedError extends Error {
  readonly code: ErrorCode
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CodedError'
    this.code = code
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** The same of a file that can't be read, without what helps nobody: code, system call, path. */
export function fileProblemOf(thrown: unknown): string {
  return messageOf(thrown).replace(/^E[A-Z0-9]+: (.*?)(?:, [a-z]+(?: '.*')?)?$/s, '$1')
}

const URL_PASSWORD = /(:\/\/[^\s/?#@:"'`[]{0,200}:)(?!\d+[/?#])([^\s"'`@]{1,500})(?=@)/g

/** The same of a URL that is a parameter of another one: what a prober is to look at. */
const ENCODED_URL_PASSWORD = /(%3A%2F%2F[^\s/?#&"'`]{0,200}?%3A)([^\s/?#&"'`]{1,500}?)(?=%40)/gi

/** Text for people: what URLs in it have for passwords (`http://user:password@host`) is replaced, by `xxxxx` as Go does. */
export function withoutPasswords(text: string, instead: (password: string) => string = () => 'xxxxx'): string {
  const replaced = (_: string, start: string, password: string): string => start + instead(password)
  const shown = text.includes('://') ? text.replace(URL_PASSWORD, replaced) : text
  return shown.includes('%40') ? shown.replace(ENCODED_URL_PASSWORD, replaced) : shown
}
