/** Clustering: who is in it, how each is, what is wrong, and how the work is shared. */
import { html, nothing, type TemplateResult } from 'lit-html'
import type { ClusterView } from '../../core/api/cluster.ts'
import type { OwnershipView, RingView } from '../../core/api/ownership.ts'
import { count, counted, percent, short } from '../look/format.ts'
import { callout, type Figure, figures, heading, searchField, troubles } from '../look/parts.ts'
import { orderOf, orderText } from '../look/table.ts'
import type { Page, PageContext } from '../page.ts'
import { ringLegend, ringPicture } from '../ring/picture.ts'
import { type Held, hold, NOTHING_YET, shown } from '../shell/held.ts'
import { serverNow } from '../shell/server-clock.ts'
import { holdSentence } from '../values/holds.ts'
import { changesList } from './clustering-changes.ts'
import { peersTable } from './clustering-peers.ts'

const CLUSTER_EVERY = 2
/** It changes only when somebody comes or goes. */
const RING_EVERY = 5

export const clustering: Page = {
  path: 'clustering',
  title: 'Clustering',
  open(context) {
    let cluster: Held<ClusterView> = NOTHING_YET
    let ring: Held<RingView> = NOTHING_YET
    let ownership: Held<OwnershipView> = NOTHING_YET
    let chosen: string | undefined

    const draw = (): void => context.draw(page())

    function page(): TemplateResult {
      const own = cluster.value?.node
      return html`${heading('Clustering', own === undefined ? 'Everybody in the cluster, and how they are.' : subtitle(own))}
        ${shown(cluster, (view) => content(view))}`
    }

    function content(view: ClusterView): TemplateResult {
      const { node, peers, diagnosis } = view
      const order = orderOf(context.query.get('sort'), { column: 'name', descending: false })
      const names = ring.value?.nodes.map(({ name }) => name) ?? peers.map(({ name }) => name)
      const search = context.query.get('search') ?? ''
      return html`
        ${node.clustered ? nothing : callout('info', 'cluster', html`<strong>This node works alone.</strong> It would share its targets with others if they were started with <code>--cluster.enabled</code> and told about each other with <code>--cluster.join-addresses</code>.`)}
        ${node.hold === null ? nothing : callout('warn', 'alert', html`<strong>It takes no work at the moment.</strong> ${holdSentence(node.hold)}`)}
        ${troubles(diagnosis.checks)}
        ${figures(facts(view))}
        <section>
          <div class="section-head"><h2>Peers</h2>${searchField({
            label: 'Filter peers',
            placeholder: 'Name, address, runtime…',
            value: search,
            onInput: (value) => choose(context, { search: value }, draw),
          })}</div>
          ${peersTable({
            peers,
            ring: names,
            search,
            order,
            now: serverNow(),
            onOrder: (next) => choose(context, { sort: orderText(next) }, draw),
          })}
        </section>
        ${node.clustered ? shares() : nothing}`
    }

    function shares(): TemplateResult {
      const options = (view: RingView) => ({
        ring: view,
        chosen,
        onChoose(name: string | undefined) {
          if (name === chosen) return
          chosen = name
          draw()
        },
      })
      return html`<div class="columns">
        <section>
          <h2>The ring</h2>
          ${shown(
            ring,
            (view) => html`<div class="ring-and-legend">${ringPicture(options(view))}<div>${ringLegend(options(view))}
            <p class="hint">Outside: who takes which keys, as consistent hashing has it. Inside: what it comes to. The hash of a target’s labels is its key.</p></div></div>`,
          )}
        </section>
        <section>
          <h2>Recent changes</h2>
          ${shown(ownership, ({ changes }) => changesList(changes, serverNow()))}
        </section>
      </div>`
    }

    draw()
    context.poll<ClusterView>(
      () => 'api/v1/cluster',
      CLUSTER_EVERY,
      (answer) => {
        cluster = hold(cluster, answer)
        draw()
      },
    )
    context.poll<RingView>(
      () => 'api/v1/ring',
      RING_EVERY,
      (answer) => {
        // The same ring again keeps its paths.
        if (ring.value === undefined || !answer.ok || JSON.stringify(answer.value) !== JSON.stringify(ring.value))
          ring = hold(ring, answer)
        draw()
      },
    )
    context.poll<OwnershipView>(
      () => 'api/v1/ownership',
      RING_EVERY,
      (answer) => {
        ownership = hold(ownership, answer)
        draw()
      },
    )
    return () => {}
  },
}

function choose(context: PageContext, change: Readonly<Record<string, string>>, draw: () => void): void {
  context.choose({ ...Object.fromEntries(context.query), ...change })
  draw()
}

function subtitle(node: ClusterView['node']): TemplateResult {
  if (!node.clustered) return html`A node on its own`
  return html`${node.clusterName === '' ? 'A cluster without a name' : html`Cluster <strong>${node.clusterName}</strong>`}, as <strong>${node.name}</strong> sees it`
}

function facts({ node, peers }: ClusterView): readonly Figure[] {
  const told = peers.flatMap(({ work }) => (work === null ? [] : [work]))
  const sum = (of: (work: (typeof told)[number]) => number): number => told.reduce((all, work) => all + of(work), 0)
  const states = (['participant', 'viewer', 'terminating'] as const)
    .map((state) => [peers.filter((peer) => peer.state === state).length, state] as const)
    .filter(([number]) => number > 0)
  const versions = new Set(peers.flatMap(({ announced }) => (announced === null ? [] : [announced.configHash])))
  const down = sum(({ down }) => down)
  const targets = sum(({ targets }) => targets)
  const { gate } = node
  return [
    { label: 'Peers', value: peers.length, below: states.map(([number, state]) => counted(number, state)).join(', ') },
    {
      label: 'Targets',
      value: count(targets),
      below:
        down === 0
          ? targets === 0
            ? 'nothing to scrape'
            : 'none is down'
          : `${count(down)} down (${percent(down / Math.max(1, targets))})`,
      ...(down > 0 ? { tone: 'warn' as const } : {}),
    },
    {
      label: 'Samples per second',
      value: short(sum(({ samplesPerSecond }) => samplesPerSecond)),
      below: `from ${counted(told.length, 'node')}`,
    },
    {
      label: 'Configuration',
      value: versions.size > 1 ? `${versions.size} versions` : 'the same',
      below: versions.size > 1 ? 'nodes disagree' : 'on all nodes',
      ...(versions.size > 1 ? { tone: 'warn' as const } : {}),
    },
    gate.minimum === 0
      ? { label: 'Size gate', value: 'none', below: 'works with any number' }
      : {
          label: 'Size gate',
          value: gate.open ? 'open' : 'closed',
          below: `${gate.size} there, ${gate.minimum} needed`,
          ...(gate.open ? {} : { tone: 'bad' as const }),
        },
  ]
}
