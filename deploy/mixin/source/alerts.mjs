// All alerts, as the rules file that Prometheus, Mimir and vmalert load.

import { stringify } from 'yaml'
import { clusterAlerts } from './alerts/cluster.mjs'
import { controllerAlerts } from './alerts/controller.mjs'
import { remoteWriteAlerts } from './alerts/remote-write.mjs'
import { scrapeAlerts } from './alerts/scrape.mjs'

/** @type {import('./alerts/rule.mjs').Options} */
export const DEFAULTS = { cluster: ['cluster', 'namespace', 'job', 'cluster_name'], docs: 'docs' }

/** @param {import('./alerts/rule.mjs').Options} options */
export function alertGroups(options) {
  return [clusterAlerts, controllerAlerts, remoteWriteAlerts, scrapeAlerts].map((make) => make(options))
}

/** @param {import('./alerts/rule.mjs').Options} options */
export function alertsFile(options) {
  const head = '# Made by deploy/mixin/build.mjs from deploy/mixin/source: change it there.\n'
  return head + stringify({ groups: alertGroups(options) }, { lineWidth: 0 })
}
