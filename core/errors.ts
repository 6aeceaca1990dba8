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

/*
 * Passwords in URLs. Texts may come from afar and be long, so all of it is linear: what matches is looked for in front of the last
 * `@` of a word only, hence nowhere in vain twice.
 */

/** The rest of a word from its first URL on; of a parameter of a URL, when the URL in it is encoded. */
const URLS = /:\/\/[^\s"]*/g
const PARAMETERS = /(?::|%3A)(?:\/|%2F)(?:\/|%2F)[^\s"&]*/gi

/**
 * Up to the last `@` of what may be the authority, since people forget to encode one; a port isn't a password. In the second, what
 * was encoded stands for itself, followed by NULs.
 */
const PASSWORD = /:\/\/(?!\[)[^/?#@:]*:(?!\d+[/?#])([^@]+(?:@[^/?#]*(?=@))?)(?=@)/g
const ENCODED_PASSWORD = /:\0*\/\0*\/(?!\0*\[)[^/?#@:]*:(?!\0*\d+[/?#])\0*([^@]+(?:@[^/?#]*(?=@))?)(?=@)/g

/** As browsers read it: with few slashes, with quotes and spaces. */
const WHOLE_URL = /^\s*[a-z][a-z\d+.-]*:[/\\]*[^/?#@:\\]*:([^/?#]+)(?=@)/gi

type Instead = (password: string) => string

/** Text for people: what URLs in it have for passwords (`http://user:password@host`) is replaced, by `xxxxx` as Go does. */
export function withoutPasswords(text: string, instead: Instead = () => 'xxxxx'): string {
  const at = text.includes('@')
  if (!at && !text.includes('%40')) return text
  let shown = at ? withoutItsPassword(text, instead) : text
  if (at && shown.includes('://')) shown = shown.replace(URLS, (urls) => replaced(urls, urls, PASSWORD, instead))
  if (!shown.includes('%')) return shown
  return shown.replace(PARAMETERS, (urls) => replaced(urls, decodedInPlace(urls), ENCODED_PASSWORD, instead))
}

/** Of a text that is one URL from its beginning to its end. */
function withoutItsPassword(text: string, instead: Instead): string {
  const isUrl = /^\s*[a-z][a-z\d+.-]*:/i.test(text) && URL.canParse(text)
  return isUrl && new URL(text).password !== '' ? replaced(text, text, WHOLE_URL, instead) : text
}

/** `read` is as long as `urls`, and what passwords are found in. */
function replaced(urls: string, read: string, passwords: RegExp, instead: Instead): string {
  let shown = ''
  let done = 0
  for (const { 0: match, 1: password, index } of read.slice(0, read.lastIndexOf('@') + 1).matchAll(passwords)) {
    const end = index + match.length
    const start = end - password.length
    shown += urls.slice(done, start) + instead(urls.slice(start, end))
    done = end
  }
  return shown + urls.slice(done)
}

function decodedInPlace(text: string): string {
  return text.replace(/%(?:3A|2F|40|3F|23|5B)/gi, (code) => `${decodeURIComponent(code)}\0\0`)
}

/** Begins like a URL with an authority, and ends before that does. */
const UNFINISHED_URL = /^\s*(?:(?:https?|wss?|ftp):|[a-z][a-z\d+.-]*:[/\\]{2})[/\\]*[^/?#\\]*$/i

/**
 * The same of the first `most` characters at most, and how many are left out; what comes behind them isn't looked at. A password
 * that is cut can't be told any more, so the text ends before the URLs of a word that is cut.
 */
export function startWithoutPasswords(text: string, most: number): { readonly shown: string; readonly rest: number } {
  if (text.length <= most) return { shown: withoutPasswords(text), rest: 0 }
  let word = most
  while (word > 0 && !/[\s"]/.test(text[word - 1])) word--
  const url = text.slice(word, most).search(PARAMETERS)
  const start = text.slice(0, url < 0 ? most : word + url)
  const shown = UNFINISHED_URL.test(start) ? '' : start
  return { shown: withoutPasswords(shown), rest: text.length - shown.length }
}
