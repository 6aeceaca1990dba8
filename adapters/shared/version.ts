/** The version of this package: built in by scripts/build.mjs, otherwise read from package.json. */
import { readFileSync } from 'node:fs'

declare const SKEIN_VERSION: string | undefined

export const version: string = typeof SKEIN_VERSION === 'string' ? SKEIN_VERSION : fromPackage()

function fromPackage(): string {
  // Two levels up from the sources, three from dist/.
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      const found: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
      if (typeof found === 'object' && found !== null && 'version' in found) return String(found.version)
    } catch {
      // The other level, then.
    }
  }
  return 'unknown'
}
