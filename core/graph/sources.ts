/**
 * Where a configuration comes from: one file, or all `*.alloy` files directly in a directory, in the order of their
 * names.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { fileProblemOf } from '../errors.ts'
import type { Files } from '../ports.ts'

export interface Source {
  /** As positions in diagnostics name it. */
  readonly file: string
  /** UTF-8. */
  readonly content: string | Uint8Array
  /** The text is a secret: no line of it is ever shown. */
  readonly secret?: boolean
}

export type Sources =
  | { readonly ok: true; readonly sources: readonly Source[] }
  | { readonly ok: false /** What can't be read, and why. */; readonly message: string }

/** Bytes of all files of a configuration together; real ones are below a megabyte, a wrong path may be a disk image. */
const MAX_SOURCE_BYTES = 64 * 1024 * 1024

/** `what` is read, for messages. */
export async function readSources(files: Files, path: string, what = 'the configuration'): Promise<Sources> {
  let reading = path
  try {
    const names = await files.list(path)
    const paths = names === undefined ? [path] : alloyFiles(path, names)
    if (paths.length === 0) return { ok: false, message: `there is no *.alloy file in the directory ${path}` }
    const sources: Source[] = []
    let bytes = 0
    for (const file of paths) {
      reading = file
      const content = await files.read(file)
      bytes += content.length
      if (bytes > MAX_SOURCE_BYTES) return { ok: false, message: `${path} is too large for ${what}` }
      sources.push({ file, content })
    }
    return { ok: true, sources }
  } catch (error) {
    return { ok: false, message: `can't read ${what} ${reading}: ${fileProblemOf(error)}` }
  }
}

function alloyFiles(directory: string, names: readonly string[]): readonly string[] {
  const base = directory.replace(/\/+$/, '')
  return names
    .filter((name) => name.endsWith('.alloy'))
    .sort()
    .map((name) => `${base}/${name}`)
}

/**
 * SHA-256 over the bytes of all files in their order, in hex: what nodes of a cluster compare to see whether they run
 * the same.
 */
export function hashSources(sources: readonly Source[]): string {
  const hash = sha256.create()
  const encoder = new TextEncoder()
  for (const { content } of sources) hash.update(typeof content === 'string' ? encoder.encode(content) : content)
  return bytesToHex(hash.digest())
}

/** Where the first of them stands: `module_path`. Empty for a text that came from no file. */
export function directoryOf(sources: readonly Source[]): string {
  const file = sources[0]?.file ?? ''
  const slash = file.lastIndexOf('/')
  return slash > 0 ? file.slice(0, slash) : slash === 0 ? '/' : file === '' ? '' : '.'
}
