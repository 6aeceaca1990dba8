/** A whole agent on fake ports: what it has to be told, and how it is loaded and stopped on a clock that stands still. */
import { type Agent, type AgentOptions, createAgent } from '../../core/agent.ts'
import { discoverNothing } from '../../core/cluster/discovery.ts'
import type { ClusterOptions } from '../../core/cluster/settings.ts'
import { type RecordingLog, recordingLog } from '../support/recording-log.ts'
import { type FakePorts, fakePorts } from './fake-ports.ts'

/** Where its configuration is unless told. */
export const CONFIG = '/etc/skein.alloy'

/** For an agent that is a node and finds nobody else. */
export const LONELY_NODE: ClusterOptions = {
  nodeName: 'n1',
  clusterName: 'prod',
  address: '10.0.0.1:12345',
  ownAddresses: new Set(),
  discover: discoverNothing,
  join: { rejoinIntervalMs: 60_000, maxJoinPeers: 5 },
  gate: { minimum: 0, timeoutMs: 0 },
  probeIntervalMs: 1_000,
  tls: undefined,
  auth: undefined,
}

export interface WholeAgent extends FakePorts {
  readonly agent: Agent
  /** Empty when a logger was given. */
  readonly log: RecordingLog
  /** Loads this text; resolves to what is wrong with it, empty when it runs. Takes 5 s. */
  load(text: string): Promise<string>
  /** Takes 10 s. */
  stop(): Promise<void>
}

/** `texts` of files by their paths, which are there before the agent is: a node reads its secret as it begins. Nothing is loaded yet. */
export function createWholeAgent(
  given: Partial<AgentOptions> = {},
  texts: Readonly<Record<string, string>> = {},
): WholeAgent {
  const fakes = fakePorts()
  for (const [path, text] of Object.entries(texts)) fakes.files.put(path, text)
  const log = recordingLog()
  const options: AgentOptions = {
    configPath: CONFIG,
    listenAddress: '127.0.0.1:12345',
    memoryAddress: 'skein.internal:80',
    uiPathPrefix: '/',
    storagePath: '/data',
    stability: 'generally-available',
    logger: log,
    version: '1.2.3',
    ...given,
  }
  const agent = createAgent(options, fakes.ports)
  return {
    ...fakes,
    agent,
    log,
    async load(text) {
      fakes.files.put(options.configPath, text)
      const loading = agent.load()
      await fakes.clock.advance(5_000)
      const outcome = await loading
      return outcome.ok ? '' : outcome.text
    },
    async stop() {
      const stopping = agent.stop()
      await fakes.clock.advance(10_000)
      await stopping
    },
  }
}
