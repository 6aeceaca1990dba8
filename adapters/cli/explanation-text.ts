/** The story of one target, as `skein explain` tells it. */
import type { TargetExplanation, TargetRow } from '../../core/api/targets.ts'
import { agoText, counted, spanText } from './amounts.ts'
import { painted } from './color.ts'
import { holdText } from './holds.ts'
import { hanging, type Paper, paragraph, shownPlainly } from './layout.ts'
import { labelLines, relabellingText } from './relabelling-text.ts'
import { addressOf, HEALTH_PAINTS } from './target-table.ts'

/** Where facts begin, behind their names. */
const COLUMN = 13

/** `now`: ms since the epoch. */
export function explanationText(explanation: TargetExplanation, now: number, paper: Paper): string {
  const { target, relabelling } = explanation
  const title = (text: string): string => painted(shownPlainly(text), 'bold', paper.color)
  const parts = [
    `${title(addressOf(target))}\n${targetText(target, paper)}`,
    `${title('Who scrapes it')}\n${ownerText(explanation, paper)}`,
    `${title('The last scrape')}\n${scrapeText(explanation, now, paper)}`,
  ]
  if (relabelling.length > 0) parts.push(`${title('How it got its labels')}\n${relabellingText(relabelling, paper)}`)
  return parts.join('\n')
}

function fact(name: string, text: string, paper: Paper): string {
  return hanging(`  ${name.padEnd(COLUMN - 2)}`, text, paper)
}

function targetText({ component, key, labels }: TargetRow, paper: Paper): string {
  const lines = labelLines(labels).map((line, at) => `  ${(at === 0 ? 'labels' : '').padEnd(COLUMN - 2)}${line}\n`)
  return `${fact('component', component, paper)}${fact('key', key, paper)}${lines.join('')}`
}

function ownerText(explanation: TargetExplanation, paper: Paper): string {
  const { target, by, local, sentence, hold, token, runnersUp, since } = explanation
  const lines = [hanging('  ', `${sentence} ${since.sentence}`.trimEnd(), paper)]
  if (target.owner !== null) lines.push(fact('owner', target.owner, paper))
  if (hold !== null) lines.push(fact('on hold', `${by}: ${holdText(hold)}`, paper))
  if (token !== null) lines.push(fact('token', `${token} on the ring took the key`, paper))
  if (runnersUp.length > 0)
    lines.push(fact('next', `${runnersUp.join(', then ')}, if ${target.owner ?? 'it'} leaves`, paper))
  lines.push(fact('asked', `${by}, which ${local ? 'scrapes it' : 'does not scrape it'}`, paper))
  return lines.join('')
}

function scrapeText({ target, unanswered }: TargetExplanation, now: number, paper: Paper): string {
  const { health, lastScrape, error, toldBy } = target
  const told = unanswered === null ? '' : fact('unknown', `its owner could not be asked: ${unanswered}`, paper)
  if (lastScrape === null) return told || (error === '' ? '  There was none yet.\n' : fact('error', error, paper))
  const state = painted(shownPlainly(health).padEnd(COLUMN - 3), HEALTH_PAINTS[health], paper.color)
  const facts = `${agoText(lastScrape, now)}, in ${spanText(target.durationSeconds)}, ${counted(target.samples, 'sample')}; every ${spanText(target.intervalSeconds)}`
  const lines = [`  ${state} ${paragraph(toldBy === null ? facts : `${facts}, says ${toldBy}`, COLUMN, paper)}\n`]
  if (error !== '') lines.push(fact('error', error, paper))
  return `${lines.join('')}${told}`
}
