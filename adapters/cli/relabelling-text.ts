/** What relabelling did to a target, rule by rule, as a diff. */
import type { LabelTexts, RelabelStage, RelabelStep } from '../../core/api/targets.ts'
import { painted } from './color.ts'
import { type Paper, paragraph, shownPlainly } from './layout.ts'

/** Stages in their order, each with its component's name, what came in, and what each rule changed. */
export function relabellingText(stages: readonly RelabelStage[], paper: Paper): string {
  return stages.map((stage, at) => stageText(stage, at === 0, paper)).join('')
}

function stageText({ component, input, steps, output }: RelabelStage, first: boolean, paper: Paper): string {
  const lines = [`  ${painted(shownPlainly(component), 'bold', paper.color)}`]
  // What comes in later is what went out before.
  if (first) lines.push(...labelLines(input).map((line) => `      ${line}`))
  for (const [at, step] of steps.entries()) lines.push(...stepLines(step, at + 1, paper))
  const changed = steps.some(({ changes, dropped }) => dropped || changes.length > 0)
  if (output === null && !steps.some(({ dropped }) => dropped)) lines.push(painted('    dropped', 'red', paper.color))
  else if (!changed) lines.push('    nothing changed')
  return lines.map((line) => `${line}\n`).join('')
}

/** Rules that changed nothing stay, since people look for the one that should have. */
function stepLines({ rule, changes, dropped }: RelabelStep, number: number, paper: Paper): string[] {
  const head = `    ${number}. `
  const lines = [`${head}${paragraph(rule, head.length, paper)}`]
  for (const { label, before, after } of changes) {
    if (before !== null) lines.push(painted(`      - ${labelText(label, before)}`, 'red', paper.color))
    if (after !== null) lines.push(painted(`      + ${labelText(label, after)}`, 'green', paper.color))
  }
  if (dropped) lines.push(painted('      dropped', 'red', paper.color))
  return lines
}

/** A line for each, sorted by name. */
export function labelLines(labels: LabelTexts): readonly string[] {
  return Object.keys(labels)
    .sort()
    .map((name) => labelText(name, labels[name]))
}

function labelText(name: string, value: string): string {
  return `${shownPlainly(name)}=${shownPlainly(JSON.stringify(value))}`
}
