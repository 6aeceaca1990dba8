/** What commands have to read: the configuration that stands after the flags, or standard input. */
import { messageOf } from '../../core/errors.ts'
import type { Runtime } from './command.ts'

/** What messages call standard input. */
export const INPUT = '<stdin>'

/** For commands that need a configuration: there is exactly one. A sentence for each problem. */
export function configurationProblems(positional: readonly string[]): readonly string[] {
  if (positional.length === 0) return ['name a configuration file, or a directory of *.alloy files']
  return tooManyProblems(positional)
}

/** The same for commands that read standard input when there is none. */
export function tooManyProblems(positional: readonly string[]): readonly string[] {
  if (positional.length <= 1) return []
  return [`one configuration at a time, not ${positional.length}: ${positional.join(' ')}`]
}

export type Input =
  | { readonly ok: true; readonly content: Uint8Array }
  | { readonly ok: false; readonly message: string }

/** All of standard input. Never rejects. */
export async function readInput(runtime: Pick<Runtime, 'readInput'>): Promise<Input> {
  try {
    return { ok: true, content: await runtime.readInput() }
  } catch (error) {
    return { ok: false, message: `can't read standard input: ${messageOf(error)}` }
  }
}

/** For commands that take flags only. */
export function noOperands(name: string, positional: readonly string[]): readonly string[] {
  return positional.length === 0 ? [] : [`nothing but flags comes after ${name}, not "${positional[0]}"`]
}
