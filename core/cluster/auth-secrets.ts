/** The file with the secret that peers share: one secret a line. The first one signs, all of them verify, so that a secret can be replaced on one node after the other. */
import { messageOf } from '../errors.ts'
import type { Files } from '../ports.ts'

export type Secrets =
  | { readonly ok: true; readonly secrets: readonly Uint8Array[] }
  /** Names the path, never the content. */
  | { readonly ok: false; readonly problem: string }

/** What HMAC-SHA-256 must have to be as strong as its name (RFC 7518, 3.2). */
const MIN_SECRET_BYTES = 32
/** A rotation needs two. */
const MAX_SECRETS = 16

export function readSecrets(files: Files, path: string): Secrets {
  let text: string
  try {
    text = new TextDecoder().decode(files.readSync(path))
  } catch (error) {
    return { ok: false, problem: `can't read ${path}: ${messageOf(error)}` }
  }
  const lines = text.split(/\r?\n/).map((line) => line.trim())
  const secrets = lines.filter((line) => line !== '').map((line) => new TextEncoder().encode(line))
  if (secrets.length === 0)
    return { ok: false, problem: `${path} is empty; make a secret with: openssl rand -base64 48` }
  if (secrets.length > MAX_SECRETS)
    return { ok: false, problem: `${path} has more than ${MAX_SECRETS} lines; one secret a line` }
  const short = lines.findIndex((line) => line !== '' && new TextEncoder().encode(line).length < MIN_SECRET_BYTES)
  if (short < 0) return { ok: true, secrets }
  return {
    ok: false,
    problem: `${path}, line ${short + 1}: a secret has ${MIN_SECRET_BYTES} bytes or more; make one with: openssl rand -base64 48`,
  }
}
