/** All files of docs/reference and what belongs into them. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../root.mjs'
import { apiPage } from './api-page.mjs'
import { sharedBlocks } from './bodies.mjs'
import { componentPage, indexPage } from './component-pages.mjs'
import { languagePage } from './language-page.mjs'
import { machineReadable } from './machine.mjs'
import { openApi } from './openapi.mjs'

/** A configuration for each component, `<name>.alloy`. */
export const EXAMPLES = join(root, 'scripts/reference/examples')

/**
 * @param {string} name of a component
 * @returns {string | undefined}
 */
export function exampleOf(name) {
  const path = join(EXAMPLES, `${name}.alloy`)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

/**
 * @param {import('./facts.d.mts').Facts} facts
 * @returns {ReadonlyMap<string, string>} contents by file name
 */
export function referenceFiles(facts) {
  const { components, blocks, questions } = facts
  const document = openApi(questions)
  const shared = sharedBlocks([...components, ...blocks])
  return new Map([
    ['components.md', indexPage(components, shared)],
    ['components.json', machineReadable(facts, shared)],
    ['api.md', apiPage(questions, document)],
    ['openapi.json', `${JSON.stringify(document, null, 2)}\n`],
    ['language.md', languagePage(facts, shared)],
    ...components.map((component) => [
      `${component.name}.md`,
      componentPage(component, shared, exampleOf(component.name)),
    ]),
  ])
}
