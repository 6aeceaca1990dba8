/**
 * What can be read of a configuration, and what is known about the rest: a reference to a block that a syntax error may
 * have hidden is not to be blamed.
 */
import { type Block, blockName, type Statement } from '../syntax/ast.ts'
import type { Diagnostic } from '../syntax/diagnostic.ts'
import { parseFile } from '../syntax/parser.ts'
import { type Reference, referenceText } from '../syntax/references.ts'
import { isIdentifier } from '../syntax/scanner.ts'
import type { Source } from './sources.ts'

export interface Readable {
  /** Of all files, those without syntax errors. */
  readonly statements: readonly Statement[]
  /** The syntax errors. */
  readonly diagnostics: readonly Diagnostic[]
  /** Whether the block that it refers to may stand in text that could not be read. */
  mayBeLost(reference: Reference): boolean
}

/** `definitions`: names of components, which tell where in a reference the label stands. */
export function readSyntax(sources: readonly Source[], definitions: ReadonlyMap<string, unknown>): Readable {
  const statements: Statement[] = []
  const diagnostics: Diagnostic[] = []
  const lost = new Set<string>()
  for (const { file, content } of sources) {
    const result = parseFile(file, content)
    statements.push(...(result.ok ? result.file : result.partial).body)
    if (result.ok) continue
    diagnostics.push(...result.diagnostics)
    for (const word of result.lost) lost.add(word)
  }
  // Nothing can refer to a label that is no name: what was meant by it is unknown.
  const mislabelled = new Set(statements.filter(isMislabelled).map(blockName))

  function mayBeLost(reference: Reference): boolean {
    for (let length = 1; length < reference.path.length; length++) {
      const name = referenceText(reference, length)
      if (mislabelled.has(name)) return true
      if (definitions.has(name)) return lost.has(reference.path[length].text)
    }
    return reference.path.length > 1 && reference.path.some(({ text }) => lost.has(text))
  }
  return { statements, diagnostics, mayBeLost }
}

function isMislabelled(statement: Statement): statement is Block {
  return statement.kind === 'block' && statement.label !== '' && !isIdentifier(statement.label)
}
