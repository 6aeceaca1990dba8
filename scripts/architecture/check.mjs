/** The whole check: reads the tree once and puts every rule to it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findAmbientUse } from './ambient.mjs'
import { sortViolations } from './report.mjs'
import { checkFile, checkImports, checkIndex, findCycles, isProgram } from './rules.mjs'
import { importsOf, isCode, listFiles, parse, resolveImport } from './source.mjs'

/**
 * @param {string} root folder of the repository
 * @returns {{ files: number, violations: import('./report.mjs').Violation[] }} sorted by file and line
 */
export function checkArchitecture(root) {
  const files = listFiles(root)
  const known = new Set(files)
  const packages = declaredPackages(root, known)
  const violations = []
  const coreSources = new Map()
  const graph = new Map()

  for (const file of files) {
    if (!isCode(file)) continue
    const text = readFileSync(join(root, file), 'utf8')
    violations.push(...checkFile(file, text))
    if (!isProgram(file)) continue

    const source = parse(file, text)
    const imports = importsOf(source)
    violations.push(...checkImports(file, imports, known, packages))
    graph.set(file, targetsOf(file, imports, known))
    if (file.startsWith('core/')) coreSources.set(file, source)
    if (file === 'core/index.ts') violations.push(...checkIndex(source))
  }
  violations.push(...findCycles(graph), ...findAmbientUse(coreSources))
  return { files: files.length, violations: sortViolations(violations) }
}

function declaredPackages(root, known) {
  if (!known.has('package.json')) return new Set()
  return new Set(Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).dependencies ?? {}))
}

function targetsOf(file, imports, known) {
  return imports.flatMap(({ specifier, line }) => {
    const target = specifier === undefined ? undefined : resolveImport(file, specifier, known)
    return target === undefined ? [] : [{ target, line }]
  })
}
