// Everything that the mixin consists of, as text: what build.mjs writes, and what the test compares with what is committed.

import { alertsFile, DEFAULTS } from './alerts.mjs'
import { dashboards } from './dashboards.mjs'
import { json } from './json.mjs'

/**
 * @param {Partial<import('./alerts/rule.mjs').Options>} [options]
 * @returns {Map<string, string>} content by path, with slashes
 */
export function mixinFiles(options = {}) {
  const all = { ...DEFAULTS, ...options }
  const files = new Map([['alerts.yaml', alertsFile(all)]])
  for (const one of dashboards(all)) files.set(`dashboards/${one.uid}.json`, json(one))
  return files
}
