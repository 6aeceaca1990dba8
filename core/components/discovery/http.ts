/** discovery.http: targets from an HTTP server that lists them. The work is done in core/discovery. */
import { httpDiscovery } from '../../discovery/http.ts'
import type { AnyComponentDefinition } from '../../graph/component.ts'
import { attr, block, type Infer, squash } from '../../syntax/schema.ts'
import { duration, string } from '../../syntax/types.ts'
import { httpClient, outboundConfig } from '../http-client.ts'
import { discoveryComponent } from './discovering.ts'

const schema = block(
  {
    url: attr.required(string, 'Where targets are listed.'),
    refresh_interval: attr.optional(duration, 60_000, 'How often it is asked, and how long it may take to answer.'),
    http: squash(httpClient),
  },
  {
    validate({ url, refresh_interval }, report) {
      // The URL is not shown: it may hold a password.
      if (!URL.canParse(url)) report('url is not a URL', 'url')
      else if (!/^https?:\/\//i.test(url)) report("URL scheme must be 'http' or 'https'", 'url')
      if (refresh_interval <= 0) report('refresh_interval must be greater than 0', 'refresh_interval')
    },
  },
)

export const discoveryHttp: AnyComponentDefinition = discoveryComponent<Infer<typeof schema>>({
  name: 'discovery.http',
  does: 'Asks an HTTP server for targets, in the form that Prometheus takes (HTTP service discovery).',
  schema,
  discovery: (args, surroundings) =>
    httpDiscovery(
      { url: args.url, refreshMs: args.refresh_interval, outbound: outboundConfig(args.http) },
      surroundings,
    ),
})
