/** Where the repository is, for the scripts. */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Absolute path without a slash at the end. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))
