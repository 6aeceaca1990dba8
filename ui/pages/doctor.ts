/** Doctor: what was looked at, what was found, what to do. */
import { html, nothing, type TemplateResult } from 'lit-html'
import type { Check, Diagnosis, Verdict } from '../../core/api/doctor.ts'
import { badge, VERDICT_TONES } from '../look/badge.ts'
import { counted } from '../look/format.ts'
import { callout, heading, remedies, when, withCode } from '../look/parts.ts'
import type { Page } from '../page.ts'
import { type Held, hold, NOTHING_YET, shown } from '../shell/held.ts'
import { serverNow } from '../shell/server-clock.ts'

const EVERY = 5

const WORDS: Readonly<Record<Verdict, string>> = {
  ok: 'well',
  warning: 'warning',
  trouble: 'trouble',
  unknown: 'unknown',
}

/** What needs somebody comes first. */
const RANK: readonly Verdict[] = ['trouble', 'warning', 'unknown', 'ok']

export const doctor: Page = {
  path: 'doctor',
  title: 'Doctor',
  open(context) {
    let held: Held<Diagnosis> = NOTHING_YET
    let wanted = location.hash.slice(1)
    const draw = (): void => {
      context.draw(
        html`${heading('Doctor', 'Looks for what goes wrong in clusters, and says what to do.')} ${shown(held, content)}`,
      )
      if (wanted === '' || held.value === undefined) return
      const id = wanted
      wanted = ''
      requestAnimationFrame(() => document.getElementById(id)?.scrollIntoView({ block: 'start' }))
    }
    draw()
    context.poll<Diagnosis>(
      () => 'api/v1/doctor',
      EVERY,
      (answer) => {
        held = hold(held, answer)
        draw()
      },
    )
    return () => {}
  },
}

function content({ at, by, checks }: Diagnosis): TemplateResult {
  const byVerdict = RANK.map((verdict) => checks.filter((check) => check.verdict === verdict))
  const wrong = byVerdict[0].length + byVerdict[1].length
  return html`<div role="status" aria-live="polite">${
    wrong === 0
      ? callout(
          'good',
          'check',
          html`<strong>Nothing is wrong</strong> with the cluster, as far as can be seen from <strong>${by}</strong>.`,
        )
      : callout(
          byVerdict[0].length > 0 ? 'bad' : 'warn',
          'alert',
          html`<strong>${counted(wrong, 'thing needs', 'things need')} you.</strong> As seen from ${by}.`,
        )
  }</div>
  ${byVerdict.flat().map((check) => examination(check))}
  <p class="dim small">Looked at ${when(at, serverNow())}.</p>`
}

function examination(check: Check): TemplateResult {
  const tone = VERDICT_TONES[check.verdict]
  const quiet = check.verdict === 'ok' || check.verdict === 'unknown'
  return html`<section class="check-card ${tone} ${quiet ? 'quiet-card' : ''}" id=${check.id}>
    <div class="check-head"><h2>${check.title}</h2>${badge(tone, WORDS[check.verdict])}</div>
    <p>${withCode(check.sentence)}</p>
    ${quiet || check.remedy.length === 0 ? nothing : html`<h3>What to do</h3>${remedies(check)}`}
    ${
      check.evidence.length === 0
        ? nothing
        : html`<details ?open=${!quiet}><summary>Evidence</summary><ul class="evidence">${check.evidence.map((line) => html`<li>${line}</li>`)}</ul></details>`
    }
  </section>`
}
