/** What the commands that ask a running node have in common: a question, its answer as a text or as JSON, or why there is none. */

import type { Shape } from '../../core/api/shapes/shape.ts'
import { type Answer, type ApiClient, openApi, unknownShape } from './api-client.ts'
import { EXIT_FAILED, type Runtime } from './command.ts'
import type { ParsedFlags } from './flags.ts'
import { shownAsJson } from './layout.ts'

export interface Question<T> {
  /** Of the command, for messages. */
  readonly name: string
  ask(api: ApiClient, is: Shape<T>): Promise<Answer<T>>
  /** With --json any shape is good: it is shown as it came. */
  readonly is: Shape<T>
  text(answer: T): string
  exitCode(answer: T): number
}

/** Resolves to the exit code. */
export async function askNode<T>(question: Question<T>, { values }: ParsedFlags, runtime: Runtime): Promise<number> {
  const json = values.get('json') === 'true'
  const api = openApi(values, runtime)
  if (!api.ok) return failed(question.name, api.problem, runtime)
  try {
    const answer = await question.ask(api.value, json ? anything : question.is)
    if (!answer.ok) return failed(question.name, answer.problem, runtime)
    runtime.print(json ? shownAsJson(answer.value) : question.text(answer.value))
    if (!json || question.is(answer.value)) return question.exitCode(answer.value)
    return failed(question.name, unknownShape(api.value.address, runtime.version), runtime)
  } finally {
    api.value.close()
  }
}

function anything<T>(_value: unknown): _value is T {
  return true
}

function failed(name: string, problem: string, runtime: Runtime): number {
  runtime.printError(`skein ${name}: ${problem}\n`)
  return EXIT_FAILED
}
