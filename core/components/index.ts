/** All components that a configuration can use. */
import type { AnyComponentDefinition } from '../graph/component.ts'
import { discoveryRelabel } from './discovery/relabel.ts'
import { localFile } from './local/file.ts'
import { prometheusExporterSelf } from './prometheus/exporter-self.ts'
import { prometheusRelabel } from './prometheus/relabel.ts'
import { prometheusRemoteWrite } from './prometheus/remote-write.ts'
import { prometheusScrape } from './prometheus/scrape.ts'

export const COMPONENTS: readonly AnyComponentDefinition[] = [
  discoveryRelabel,
  localFile,
  prometheusExporterSelf,
  prometheusRelabel,
  prometheusRemoteWrite,
  prometheusScrape,
]
