/** Dns of ports.ts on node:dns. */
import { CodedError } from '../../core/errors.ts'
import type { Dns } from '../../core/ports.ts'

export const dns: Dns = {
  addresses: () => Promise.reject(new CodedError('unsupported', 'not written yet')),
  services: () => Promise.reject(new CodedError('unsupported', 'not written yet')),
}
