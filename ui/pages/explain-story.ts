/** One target, from "who scrapes it" to "how it went". */
import { html, nothing, type TemplateResult } from 'lit-html'
import type { RingView } from '../../core/api/ownership.ts'
import type { TargetExplanation } from '../../core/api/targets.ts'
import { healthBadge } from '../look/badge.ts'
import { count, duration, NONE, percent } from '../look/format.ts'
import { icon } from '../look/icons.ts'
import { nodeClass, nodeName } from '../look/node-colors.ts'
import { callout, labels, when, withCode } from '../look/parts.ts'
import { placeOnRing } from '../ring/geometry.ts'
import { type RingMark, ringPicture } from '../ring/picture.ts'
import { addressOf } from '../shell/addresses.ts'
import { holdSentence } from '../values/holds.ts'
import { stagesView } from './explain-labels.ts'

export interface StoryOptions extends TargetExplanation {
  readonly ring: RingView | undefined
  readonly now: number
}

export function story(options: StoryOptions): TemplateResult {
  const { target, sentence, since, hold, relabelling, ring } = options
  const names = ring?.nodes.map(({ name }) => name) ?? []
  return html`<article class="story">
    <div class="story-target"><code class="plain">${target.url === '' ? (target.labels['instance'] ?? target.key) : target.url}</code> ${healthBadge(target.health)}</div>
    <div class="answer ${target.owner === null ? 'node-other' : nodeClass(target.owner, names)}">
      <p class="answer-sentence">${withCode(sentence)}</p>
      <p class="answer-since">${withCode(since.sentence)}${since.at === null ? nothing : html` <span class="dim">${when(since.at, options.now)}</span>`}</p>
    </div>
    ${hold === null ? nothing : callout('warn', 'alert', holdSentence(hold))}
    <div class="columns">
      <div>
        <section><h2>Last scrape</h2>${lastScrape(options)}</section>
        <section><h2>How it came to its labels</h2>${stagesView(relabelling)}</section>
      </div>
      <div>${options.reason === 'not-clustered' ? notShared(target.component) : onTheRing(options, names)}${facts(options)}</div>
    </div>
  </article>`
}

function notShared(component: string): TemplateResult {
  return html`<section><h2>Not shared</h2><p>Each node with this component scrapes all of its targets. A <code>clustering { enabled = true }</code> block in <a href=${addressOf('component', component)}>${component}</a> would share them.</p></section>`
}

function lastScrape({ target, unanswered, now }: StoryOptions): TemplateResult {
  const { lastScrape: at, durationSeconds, samples, intervalSeconds, error, toldBy, owner } = target
  // It can't be scraped: there is nothing that anybody could tell.
  if (toldBy === null && error !== '') return callout('bad', 'alert', error)
  if (toldBy === null)
    return html`<p>How it goes is unknown: ${owner === null ? 'nobody scrapes it' : html`<strong>${owner}</strong> could not be asked`}${unanswered === null ? nothing : html` (${unanswered})`}.</p>`
  if (at === null) return html`<p>It was not scraped yet. ${toldBy} will, within ${duration(intervalSeconds)}.</p>`
  return html`<dl class="pairs">
      <div><dt>When</dt><dd>${when(at, now)}${intervalSeconds > 0 ? html`, every ${duration(intervalSeconds)}` : nothing}</dd></div>
      <div><dt>Took</dt><dd>${duration(durationSeconds)}</dd></div>
      <div><dt>Samples</dt><dd>${count(samples)}</dd></div>
      <div><dt>Told by</dt><dd>${toldBy}</dd></div>
    </dl>
    ${error === '' ? nothing : callout('bad', 'alert', error)}`
}

function onTheRing({ target, token, runnersUp, ring }: StoryOptions, names: readonly string[]): TemplateResult {
  const key = placeOnRing(target.key)
  const taker = token === null ? undefined : placeOnRing(token)
  const marks: RingMark[] = []
  if (taker !== undefined) marks.push({ at: taker, kind: 'token' })
  if (key !== undefined) marks.push({ at: key, kind: 'key' })
  const line = target.owner === null ? runnersUp : [target.owner, ...runnersUp]
  return html`<section><h2>On the ring</h2>
    <div class="ring-and-legend small-ring">
      ${ring === undefined ? nothing : ringPicture({ ring, chosen: target.owner ?? undefined, marks })}
      <div>
        <dl class="pairs narrow-pairs">
          <div><dt>Key</dt><dd><code class="plain">${target.key}</code>${key === undefined ? nothing : html` <span class="dim small">at ${percent(key)}</span>`}</dd></div>
          <div><dt>Token</dt><dd>${token === null ? NONE : html`<code class="plain">${token}</code>${taker === undefined ? nothing : html` <span class="dim small">at ${percent(taker)}</span>`}`}</dd></div>
        </dl>
        <h3 class="chain-title">If nodes leave, in this order</h3>
        ${line.length === 0 ? html`<p class="dim">Nobody participates.</p>` : html`<ol class="chain">${line.map((name, index) => html`<li>${index === 0 ? nothing : icon('right')}${nodeName(name, names)}</li>`)}</ol>`}
      </div>
    </div>
  </section>`
}

function facts({ target, by, local }: StoryOptions): TemplateResult {
  return html`<section><h2>Target</h2>
    <dl class="pairs">
      <div><dt>Component</dt><dd><a href=${addressOf('component', target.component)}>${target.component}</a></dd></div>
      <div><dt>Job</dt><dd>${target.job === '' ? NONE : target.job}</dd></div>
      <div><dt>Labels</dt><dd>${labels(target.labels)}</dd></div>
      <div><dt>As seen by</dt><dd>${by}${local ? ', which scrapes it' : ''}</dd></div>
    </dl>
  </section>`
}
