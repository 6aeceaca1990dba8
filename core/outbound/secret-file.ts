/** Secrets in files: read for every request, so that a rotated one is used at once. */
import { messageOf } from '../errors.ts'
import type { Files, HttpFailure } from '../ports.ts'

export interface Secret {
  readonly ok: true
  readonly text: string
}

/** `what` names the argument in the message. White space around the secret, such as an editor's last line feed, is cut. */
export function readSecret(files: Files, path: string, what: string): Secret | HttpFailure {
  try {
    return { ok: true, text: new TextDecoder().decode(files.readSync(path)).trim() }
  } catch (error) {
    return { ok: false, reason: 'protocol', message: `unable to read ${what} ${path}: ${messageOf(error)}` }
  }
}
