/** The targets that services of one Consul agent make. Pure; follows Alloy's discovery.consulagent, label for label. */
import { joinedTags } from './consul-targets.ts'
import { entriesAt, labelEach, textAt, textsAt, wholeAt } from './json-fields.ts'
import { hostPort, labelName } from './label-text.ts'
import type { TargetGroup } from './source.ts'

const PREFIX = '__meta_consulagent_'

export interface ConsulAgentTargetRules {
  readonly tagSeparator: string
  /** Empty: the agent's own. */
  readonly datacenter: string
}

/**
 * `self` as /v1/agent/self answers, `entries` as /v1/agent/health/service/name/<name> lists them, `health` what that answer said
 * of the service as a whole. A work for Slices.
 */
export function* consulAgentGroup(
  service: string,
  self: unknown,
  entries: readonly unknown[],
  health: string,
  rules: ConsulAgentTargetRules,
): Generator<undefined, TargetGroup> {
  const datacenter = rules.datacenter || textAt(self, 'Config', 'Datacenter')
  const labels = new Map([
    [`${PREFIX}service`, service],
    [`${PREFIX}dc`, datacenter],
  ])
  const targets: ReadonlyMap<string, string>[] = []
  for (const entry of entries) {
    yield
    targets.push(targetOf(entry, self, health, rules.tagSeparator))
  }
  return { source: service, labels, targets }
}

function targetOf(entry: unknown, self: unknown, health: string, tagSeparator: string): ReadonlyMap<string, string> {
  const agentAddress = textAt(self, 'Member', 'Addr')
  const ownAddress = textAt(entry, 'Service', 'Address')
  const port = wholeAt(entry, 'Service', 'Port')
  const labels = new Map([
    ['__address__', hostPort(ownAddress || agentAddress, port)],
    [`${PREFIX}address`, agentAddress],
    [`${PREFIX}node`, textAt(self, 'Config', 'NodeName')],
    [`${PREFIX}tags`, joinedTags(textsAt(entry, 'Service', 'Tags'), tagSeparator)],
    [`${PREFIX}service_address`, ownAddress],
    [`${PREFIX}service_port`, String(port)],
    [`${PREFIX}service_id`, textAt(entry, 'Service', 'ID')],
    [`${PREFIX}health`, health],
  ])
  labelEach(labels, `${PREFIX}metadata_`, self, 'Meta')
  labelEach(labels, `${PREFIX}service_metadata_`, entry, 'Service', 'Meta')
  for (const [name, tagged] of entriesAt(entry, 'Service', 'TaggedAddresses')) {
    const address = hostPort(textAt(tagged, 'Address'), wholeAt(tagged, 'Port'))
    labels.set(`${PREFIX}tagged_address_${labelName(name)}`, address)
  }
  return labels
}
