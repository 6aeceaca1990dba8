/** The table of peers. */
import { html, nothing, type TemplateResult } from 'lit-html'
import type { ClusterNodeRow } from '../../core/api/cluster.ts'
import { badge, healthBadge } from '../look/badge.ts'
import { count, NONE, short } from '../look/format.ts'
import { nodeName } from '../look/node-colors.ts'
import { when } from '../look/parts.ts'
import { type Column, type Order, sorted, table } from '../look/table.ts'
import { addressOf } from '../shell/addresses.ts'

export interface PeersOptions {
  readonly peers: readonly ClusterNodeRow[]
  /** Names in the order of their colours. */
  readonly ring: readonly string[]
  readonly search: string
  readonly order: Order
  readonly now: number
  readonly onOrder: (order: Order) => void
}

export function peersTable({ peers, ring, search, order, now, onOrder }: PeersOptions): TemplateResult {
  const usual = mostCommonHash(peers)
  const columns = columnsOf(ring, usual, now)
  return table({
    caption: 'Peers of this cluster',
    columns,
    rows: sorted(
      peers.filter((peer) => matches(peer, search)),
      columns,
      order,
    ),
    key: ({ name, address }) => `${name} ${address}`,
    order,
    onOrder,
    rowClass: ({ self, unanswered, kind }) =>
      `${self ? 'self' : ''} ${unanswered !== null && kind === 'skein' ? 'troubled' : ''}`,
    empty: search === '' ? 'Nobody is there.' : `No peer matches “${search}”.`,
  })
}

/** All words must be somewhere in what is known of the peer. */
export function matches(peer: ClusterNodeRow, search: string): boolean {
  const { name, address, state, kind, announced } = peer
  const text =
    `${name} ${address} ${state} ${kind} ${announced?.runtime ?? ''} ${announced?.version ?? ''} ${announced?.configHash ?? ''}`.toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

/** What differs from it is marked. Undefined when nobody announces any. */
export function mostCommonHash(peers: readonly ClusterNodeRow[]): string | undefined {
  const counts = new Map<string, number>()
  for (const { announced } of peers) {
    if (announced !== null && announced.configHash !== '')
      counts.set(announced.configHash, (counts.get(announced.configHash) ?? 0) + 1)
  }
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0]
}

function columnsOf(ring: readonly string[], usual: string | undefined, now: number): readonly Column<ClusterNodeRow>[] {
  return [
    {
      id: 'name',
      title: 'Name',
      by: ({ name }) => name,
      cell: ({ name, self }) =>
        html`${nodeName(name, ring)}${self ? html` <span class="tag">this node</span>` : nothing}`,
    },
    {
      id: 'address',
      title: 'Address',
      by: ({ address }) => address,
      cell: ({ address }) => html`<code class="plain">${address}</code>`,
    },
    {
      id: 'state',
      title: 'State',
      by: ({ state }) => state,
      cell: ({ state, stateSince, suspect, unanswered, kind }) =>
        html`<span class="stack">${healthBadge(state)}${
          suspect ? badge('warn', 'suspect', 'It has not answered for a while, and is taken for dead soon.') : nothing
        }${unanswered !== null && kind === 'skein' ? badge('bad', 'no answer', unanswered) : nothing}<span class="dim small">${when(stateSince, now)}</span></span>`,
    },
    {
      id: 'runtime',
      title: 'Runtime',
      by: ({ announced, kind }) => announced?.runtime ?? kind,
      cell: ({ announced, kind }) =>
        announced === null
          ? html`<span class="dim">${kind === 'alloy' ? 'Alloy' : NONE}</span>`
          : html`<span class="stack"><span>${announced.runtime}</span><span class="dim small">skein ${announced.version}</span></span>`,
    },
    {
      id: 'targets',
      title: 'Targets',
      numeric: true,
      hint: 'That it scrapes, as it told',
      by: ({ work, share }) => work?.targets ?? share,
      cell: targetsCell,
    },
    {
      id: 'samples',
      title: 'Samples/s',
      numeric: true,
      by: ({ work }) => work?.samplesPerSecond ?? -1,
      cell: ({ work }) => (work === null ? html`<span class="dim">${NONE}</span>` : short(work.samplesPerSecond)),
    },
    {
      id: 'seen',
      title: 'Last seen',
      by: ({ lastSeen, self }) => (self ? 0 : now - (lastSeen === null ? 0 : Date.parse(lastSeen))),
      cell: ({ lastSeen, self }) => (self ? html`<span class="dim">${NONE}</span>` : when(lastSeen, now)),
    },
    {
      id: 'config',
      title: 'Configuration',
      by: ({ announced }) => announced?.configHash ?? '',
      cell: ({ announced }) => hash(announced?.configHash, usual),
    },
  ]
}

function targetsCell({ name, work, share }: ClusterNodeRow): TemplateResult {
  return html`<span class="stack"><span>${
    work === null
      ? html`<span class="dim">${NONE}</span>`
      : html`<a href=${addressOf('targets', '', { owner: name })}>${count(work.targets)}</a>`
  }</span>${
    work !== null && work.down > 0
      ? html`<a class="bad-text small" href=${addressOf('targets', '', { owner: name, health: 'down' })}>${count(work.down)} down</a>`
      : nothing
  }${work === null || work.targets !== share ? html`<span class="dim small" title="That the ring gives it">share ${count(share)}</span>` : nothing}</span>`
}

function hash(value: string | undefined, usual: string | undefined): TemplateResult {
  if (value === undefined) return html`<span class="dim" title="It announces none">${NONE}</span>`
  if (value === '') return html`<span class="dim">none loaded</span>`
  const text = html`<code class="plain" title=${`SHA-256 ${value}`}>${value.slice(0, 8)}</code>`
  return value === usual
    ? text
    : html`<span class="differs">${text} ${badge('warn', 'differs', 'Most nodes have another configuration.')}</span>`
}
