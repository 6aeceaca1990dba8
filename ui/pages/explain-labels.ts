/** How a target came to its labels: each rule, and what it changed, as a diff. */
import { html, nothing, type TemplateResult } from 'lit-html'
import type { LabelTexts, RelabelStage, RelabelStep } from '../../core/api/targets.ts'
import { badge } from '../look/badge.ts'
import { counted } from '../look/format.ts'
import { addressOf } from '../shell/addresses.ts'

export function stagesView(stages: readonly RelabelStage[]): TemplateResult {
  if (stages.length === 0) return html`<p class="dim">Nobody relabels it.</p>`
  return html`<ol class="stages">${stages.map(
    (stage, index) => html`<li>
      <h3><a href=${addressOf('component', stage.component)}>${stage.component}</a></h3>
      ${index === 0 ? html`<details class="given"><summary>Given ${counted(Object.keys(stage.input).length, 'label')}</summary>${list(stage.input)}</details>` : nothing}
      ${stage.steps.length === 0 ? html`<p class="dim small">It has no rules.</p>` : html`<ol class="steps">${stage.steps.map(step)}</ol>`}
      ${stage.output === null ? html`<p>${badge('bad', 'dropped')} Here the target ends.</p>` : nothing}
      ${index === stages.length - 1 && stage.output !== null ? html`<details class="given" open><summary>${counted(Object.keys(stage.output).length, 'label')} in the end</summary>${list(stage.output)}</details>` : nothing}
    </li>`,
  )}</ol>`
}

function step({ rule, changes, dropped }: RelabelStep): TemplateResult {
  const idle = changes.length === 0 && !dropped
  return html`<li class=${idle ? 'idle' : dropped ? 'dropping' : ''}>
    <code class="rule">${rule}</code>${idle ? html` <span class="dim small">changes nothing</span>` : nothing}${dropped ? html` ${badge('bad', 'drops it')}` : nothing}
    ${
      changes.length === 0
        ? nothing
        : html`<div class="diff">${changes.map(
            ({ label, before, after }) =>
              html`${before === null ? nothing : line('del', '−', 'removed', label, before)}${after === null ? nothing : line('ins', '+', 'added', label, after)}`,
          )}</div>`
    }
  </li>`
}

function line(kind: 'del' | 'ins', sign: string, word: string, label: string, value: string): TemplateResult {
  const text = html`<span aria-hidden="true">${sign} </span><span class="sr">${word} </span>${label} = <b>"${value}"</b>`
  return kind === 'del' ? html`<del>${text}</del>` : html`<ins>${text}</ins>`
}

function list(labels: LabelTexts): TemplateResult {
  return html`<dl class="label-list">${Object.entries(labels).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}
