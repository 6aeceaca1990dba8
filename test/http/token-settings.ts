/** How bearer tokens of one login server are checked. */
import type { JwtSettings } from '../../core/graph/http-settings.ts'

export const TOKENS: JwtSettings = {
  jwksUrl: 'http://login/keys',
  jwksFile: '',
  caFile: '',
  issuer: 'https://login.example.com/',
  audience: 'skein',
  algorithms: ['ES256'],
  refreshMs: 600_000,
}
