// All dashboards. Their uid is the name of their file.

import { clusterNode } from './dashboards/cluster-node.mjs'
import { clusterOverview } from './dashboards/cluster-overview.mjs'
import { controller } from './dashboards/controller.mjs'
import { prometheus } from './dashboards/prometheus.mjs'
import { resources } from './dashboards/resources.mjs'

/** @param {import('./alerts/rule.mjs').Options} options */
export function dashboards({ cluster }) {
  return [clusterOverview(cluster), clusterNode, controller, prometheus, resources]
}
