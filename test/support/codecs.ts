/** The real codecs of the runtime that the tests run on. */
import { createCodecs } from '../../adapters/shared/codecs.ts'
import type { Codecs } from '../../core/ports.ts'

export const codecs: Codecs = createCodecs()
