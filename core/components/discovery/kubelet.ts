/** discovery.kubelet: the pods of one machine as targets. The work is done in core/discovery/kubernetes/kubelet.ts. */
import { kubeletDiscovery } from '../../discovery/kubernetes/kubelet.ts'
import type { AnyComponentDefinition } from '../../graph/component.ts'
import { attr, block, squash } from '../../syntax/schema.ts'
import { duration, list, string } from '../../syntax/types.ts'
import { httpClient, outboundConfig } from '../http-client.ts'
import { discoveryComponent } from './discovering.ts'

const schema = block(
  {
    url: attr.optional(string, 'https://localhost:10250', 'URL of the kubelet.'),
    refresh_interval: attr.optional(duration, 5_000, 'How often the kubelet is asked.'),
    namespaces: attr.optional(list(string), [], 'Namespaces whose pods count; all of them unless given.'),
    http: squash(httpClient),
  },
  {
    validate({ url, refresh_interval }, report) {
      if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) report('url must be an http or https URL', 'url')
      if (refresh_interval <= 0) report('refresh_interval must be greater than 0', 'refresh_interval')
    },
  },
)

export const discoveryKubelet: AnyComponentDefinition = discoveryComponent({
  name: 'discovery.kubelet',
  does: 'Finds the pods of one node by asking its kubelet.',
  schema,
  discovery: ({ url, refresh_interval, namespaces, http }, surroundings) =>
    kubeletDiscovery({ url, refreshMs: refresh_interval, namespaces, outbound: outboundConfig(http) }, surroundings),
})
