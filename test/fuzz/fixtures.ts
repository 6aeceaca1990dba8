/** Files of test/fixtures, as text. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** `npm run fuzz` bundles this file away from its folder, and starts in the project's. */
const FOLDER: string = join(process.cwd(), 'test', 'fixtures')

export function fixture(path: string): string {
  return readFileSync(join(FOLDER, path), 'utf8')
}
