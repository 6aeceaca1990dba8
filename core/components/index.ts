/** All components that a configuration can use. */
import type { AnyComponentDefinition } from '../graph/component.ts'
import type { AnyImportDefinition } from '../graph/import.ts'
import { discoveryConsul } from './discovery/consul.ts'
import { discoveryConsulagent } from './discovery/consulagent.ts'
import { discoveryDns } from './discovery/dns.ts'
import { discoveryDocker } from './discovery/docker.ts'
import { discoveryDockerswarm } from './discovery/dockerswarm.ts'
import { discoveryFile } from './discovery/file.ts'
import { discoveryHttp } from './discovery/http.ts'
import { discoveryKubelet } from './discovery/kubelet.ts'
import { discoveryKubernetes } from './discovery/kubernetes.ts'
import { discoveryNomad } from './discovery/nomad.ts'
import { discoveryRelabel } from './discovery/relabel.ts'
import { importFile } from './import/file.ts'
import { importHttp } from './import/http.ts'
import { importString } from './import/string.ts'
import { localFile } from './local/file.ts'
import { prometheusExporterSelf } from './prometheus/exporter-self.ts'
import { prometheusRelabel } from './prometheus/relabel.ts'
import { prometheusRemoteWrite } from './prometheus/remote-write.ts'
import { prometheusScrape } from './prometheus/scrape.ts'
import { remoteHttp } from './remote/http.ts'

export const COMPONENTS: readonly AnyComponentDefinition[] = [
  discoveryConsul,
  discoveryConsulagent,
  discoveryDns,
  discoveryDocker,
  discoveryDockerswarm,
  discoveryFile,
  discoveryHttp,
  discoveryKubelet,
  discoveryKubernetes,
  discoveryNomad,
  discoveryRelabel,
  localFile,
  prometheusExporterSelf,
  prometheusRelabel,
  prometheusRemoteWrite,
  prometheusScrape,
  remoteHttp,
]

/** All blocks that bring modules from elsewhere. */
export const IMPORTS: readonly AnyImportDefinition[] = [importFile, importHttp, importString]
