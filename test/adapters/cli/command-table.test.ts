import { describe, expect, it } from 'vitest'
import { commandTable } from '../../../adapters/cli/command-table.ts'
import { main } from '../../../adapters/cli/main.ts'
import { setup } from './fake-runtime.ts'

/** Alloy 1.18, `alloy run`: flags and defaults. Two defaults name the program and are its own here. */
const ALLOY_RUN: Readonly<Record<string, string>> = {
  'server.http.listen-addr': '127.0.0.1:12345',
  'server.http.memory-addr': 'skein.internal:12345',
  'server.http.ui-path-prefix': '/',
  'server.http.enable-pprof': 'true',
  'server.http.disable-support-bundle': 'false',
  'server.http.enable-graphql': 'false',
  'server.http.enable-graphql-playground': 'false',
  'cluster.enabled': 'false',
  'cluster.node-name': '',
  'cluster.advertise-address': '',
  'cluster.advertise-interfaces': 'eth0,en0',
  'cluster.join-addresses': '',
  'cluster.discover-peers': '',
  'cluster.rejoin-interval': '60s',
  'cluster.max-join-peers': '5',
  'cluster.name': '',
  'cluster.enable-tls': 'false',
  'cluster.tls-ca-path': '',
  'cluster.tls-cert-path': '',
  'cluster.tls-key-path': '',
  'cluster.tls-server-name': '',
  'cluster.wait-for-size': '0',
  'cluster.wait-timeout': '0s',
  'cluster.use-discovery-v1': 'false',
  'config.format': 'alloy',
  'config.bypass-conversion-errors': 'false',
  'config.extra-args': '',
  'storage.path': 'data-skein/',
  'disable-reporting': 'false',
  'stability.level': 'generally-available',
  'feature.community-components.enabled': 'false',
  'feature.component-shutdown-deadline': '10m',
  'feature.prometheus.direct-fanout.enabled': 'false',
  'feature.prometheus.metric-validation-scheme': 'false',
  'windows.priority': 'normal',
}

const TABLE = commandTable()
const RUN = TABLE.find(({ command }) => command === 'run')?.flags ?? []

describe('the table of commands', () => {
  it("has every flag of Alloy's run, with its default", () => {
    const defaults = Object.fromEntries(RUN.map((flag) => [flag.name, flag.default]))
    expect(defaults).toMatchObject(ALLOY_RUN)
  })

  it('names each flag once, and is plain data', () => {
    for (const { flags } of TABLE) {
      const names = flags.flatMap(({ name, short }) => (short === undefined ? [name] : [name, short]))
      expect(new Set(names).size).toBe(names.length)
    }
    expect(JSON.parse(JSON.stringify(TABLE))).toEqual(TABLE)
    expect(TABLE.map(({ command }) => command)).toEqual(
      expect.arrayContaining(['run', 'validate', 'fmt', 'completion']),
    )
  })

  const refused = RUN.filter(({ state }) => state === 'refused')

  it.each(refused.map((flag) => [flag.name, flag] as const))(
    'says why --%s is refused, but for its default',
    async (name, flag) => {
      const other = flag.values?.find((value) => value !== flag.default) ?? (flag.kind === 'boolean' ? 'true' : 'x')
      const { runtime, seen } = setup()
      expect(await main(['run', `--${name}=${other}`, 'a'], runtime)).toBe(2)
      expect(seen.err).toContain(`flag --${name}=${other} can't be honoured: `)
      expect(flag.about).toContain('; refused: ')
    },
  )

  it('refuses what would be a wish unheard', () => {
    expect(refused.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'server.http.enable-graphql',
        'server.http.enable-graphql-playground',
        'windows.priority',
      ]),
    )
  })
})
