/** `skein doctor`: what is wrong with the cluster, by what its nodes say, and what to do about it. */
import type { Check, Diagnosis, Verdict } from '../../core/api/doctor.ts'
import { isDiagnosis } from '../../core/api/shapes/cluster.ts'
import { API_FLAGS, apiFlagProblems } from './api-flags.ts'
import { askNode } from './asking.ts'
import { type Command, EXIT_FAILED, EXIT_OK } from './command.ts'
import { hanging, type Paper, paragraph, shownPlainly } from './layout.ts'
import { noOperands } from './operands.ts'
import { MARK_WIDTH, verdictMark } from './verdict-mark.ts'

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'Tell what is wrong with a cluster, and what to do',
  usage: '[flags]',
  about: `Asks a running node to look at its cluster: whether all nodes see the same peers, run the same configuration, have names of
their own, leave when they end, and are well. Says for each what was found, on what that rests, and what to do.

Exits with 1 when there is trouble or no node answers; what may pass by itself, and what could not be checked, doesn't fail.`,
  examples: [
    ['skein doctor', 'ask the node on this machine'],
    [
      'skein doctor --address=https://skein.example --bearer-token-file=token',
      'ask one behind a proxy or with a login',
    ],
    ['skein doctor --json', 'for programs: every check with its verdict'],
  ],
  flags: API_FLAGS,
  problems: ({ values, positional }) => [...noOperands('doctor', positional), ...apiFlagProblems(values)],
  run: (given, runtime) =>
    askNode(
      {
        name: 'doctor',
        ask: (api, is) => api.get('api/v1/doctor', {}, is),
        is: isDiagnosis,
        text: (diagnosis) => diagnosisText(diagnosis, runtime.output),
        exitCode: ({ verdict }) => (verdict === 'trouble' ? EXIT_FAILED : EXIT_OK),
      },
      given,
      runtime,
    ),
}

const SUMMARIES: Readonly<Record<Verdict, string>> = {
  ok: 'All is well',
  warning: 'Something may be wrong',
  trouble: 'There is trouble',
  unknown: 'Not everything could be checked',
}

function diagnosisText({ at, by, verdict, checks }: Diagnosis, paper: Paper): string {
  // A newer node may know more verdicts.
  const summary = Object.hasOwn(SUMMARIES, verdict) ? SUMMARIES[verdict] : verdict
  // A node that works alone says the same of all that is about others.
  const texts = new Set(checks.map((check) => checkText(check, paper)))
  return `${[...texts].join('')}\n${shownPlainly(`${summary}, says ${by} at ${at}.`)}\n`
}

/** One check with all it rests on, or its sentence alone when all is well. */
function checkText({ title, verdict, sentence, evidence, remedy }: Check, paper: Paper): string {
  // Titles name what may be wrong.
  const said = verdict === 'ok' ? sentence : `${title}: ${sentence}`
  const lines = [`${verdictMark(verdict, paper)}${paragraph(said, MARK_WIDTH, paper)}\n`]
  if (verdict !== 'ok') {
    const indent = ' '.repeat(MARK_WIDTH)
    for (const fact of evidence) lines.push(hanging(`${indent}- `, fact, paper))
    if (remedy.length > 0) lines.push(`${indent}What to do:\n`)
    for (const [at, step] of remedy.entries()) lines.push(hanging(`${indent}${at + 1}. `, step, paper))
  }
  return lines.join('')
}
