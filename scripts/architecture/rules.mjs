/** The rules that look at one file or one import at a time, and the one that follows imports in a circle. */
import { builtinModules } from 'node:module'
import ts from 'typescript'
import { judgeImport, judgePlace, judgeUiPackage, placeOf } from './floors.mjs'
import { isCode, lineOf, resolveImport } from './source.mjs'

/** Past this a file is two rooms; 100 to 250 is the aim. */
const MAX_LINES = 400

const EMPTY_NAMES = new Set([
  'util',
  'utils',
  'helper',
  'helpers',
  'common',
  'manager',
  'managers',
  'service',
  'services',
  'misc',
])

const HOST_SPECIFIER = /^(?:node:|bun$|bun:|deno$|deno:|cloudflare:|jsr:|npm:|https?:|@hono\/node-server(?:\/|$))/
const HOST_BUILTINS = new Set(builtinModules)

/**
 * @param {string} file path from the root
 * @param {string} text its content
 * @returns {import('./report.mjs').Violation[]}
 */
export function checkFile(file, text) {
  const { tree } = placeOf(file)
  const findings = [checkName(file)]
  if (tree === 'core' || tree === 'adapters' || tree === 'ui') findings.push(judgePlace(file), checkLength(text))
  return findings.filter((finding) => finding !== undefined).map((finding) => ({ line: 1, ...finding, file }))
}

function checkName(file) {
  if (file.startsWith('test/fixtures/')) return undefined
  const parts = file.split('/').flatMap((name) =>
    name
      .replace(/([a-z])([A-Z])/g, '$1-$2')
      .toLowerCase()
      .split(/[-_.]/),
  )
  const empty = parts.find((part) => EMPTY_NAMES.has(part))
  if (empty === undefined) return undefined
  return { rule: 'telling-names', what: `"${empty}" in a name says nothing`, mend: 'name the file for what it owns' }
}

function checkLength(text) {
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  if (lines <= MAX_LINES) return undefined
  return {
    line: MAX_LINES + 1,
    rule: 'one-room-per-file',
    what: `${lines} lines; past ${MAX_LINES} a file is two rooms`,
    mend: 'split it along its own seams into files that explain themselves',
  }
}

/**
 * core/index.ts is the public API: re-exports, nothing else.
 * @param {ts.SourceFile} source
 * @returns {import('./report.mjs').Violation[]}
 */
export function checkIndex(source) {
  return source.statements
    .filter((statement) => !(ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined))
    .map((statement) => ({
      file: source.fileName,
      line: lineOf(source, statement),
      rule: 'index-re-exports',
      what: 'core/index.ts holds something else than re-exports',
      mend: "put it into a room and write export { … } from './room/file.ts' here",
    }))
}

/**
 * @param {string} file importing file
 * @param {{ specifier: string | undefined, line: number }[]} imports of that file
 * @param {ReadonlySet<string>} files all files of the repository
 * @param {ReadonlySet<string>} packages names in `dependencies` of package.json
 * @returns {import('./report.mjs').Violation[]}
 */
export function checkImports(file, imports, files, packages) {
  const { tree } = placeOf(file)
  return imports.flatMap(({ specifier, line }) => {
    const finding = specifier === undefined ? judgeComputed(tree) : judge(file, tree, specifier, files, packages)
    return finding === undefined ? [] : [{ ...finding, file, line }]
  })
}

function judgeComputed(tree) {
  if (tree !== 'core') return undefined
  const mend = 'import a literal path, or have the module passed in'
  return { rule: 'core-stands-alone', what: 'core imports a module whose name is computed', mend }
}

function judge(file, tree, specifier, files, packages) {
  if (specifier.startsWith('.')) {
    const target = resolveImport(file, specifier, files)
    return target === undefined ? undefined : judgeImport(file, target)
  }
  if (tree === 'core' && (HOST_SPECIFIER.test(specifier) || HOST_BUILTINS.has(specifier))) {
    const mend = 'put it behind a port (core/ports.ts) and do it in an adapter'
    return { rule: 'core-stands-alone', what: `core imports ${specifier}`, mend }
  }
  if (tree === 'core' || tree === 'adapters') return judgePackage(specifier, packages)
  if (tree === 'ui') return judgeUiPackage(specifier)
  return undefined
}

function judgePackage(specifier, packages) {
  if (HOST_SPECIFIER.test(specifier) && !specifier.startsWith('@')) return undefined
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  if (packages.has(name) || HOST_BUILTINS.has(name)) return undefined
  return {
    rule: 'declared-package',
    what: `imports ${name}, which is not in the dependencies of package.json`,
    mend: 'whoever installs skein will not have it: add it to dependencies, or do without it',
  }
}

/**
 * @param {ReadonlyMap<string, { target: string, line: number }[]>} graph imports between files of the repository
 * @returns {import('./report.mjs').Violation[]} one for each way round that closes on itself
 */
export function findCycles(graph) {
  const violations = []
  const done = new Set()
  const path = []
  const onPath = new Set()
  const visit = (file) => {
    path.push(file)
    onPath.add(file)
    for (const { target, line } of graph.get(file) ?? []) {
      if (onPath.has(target)) {
        const circle = [...path.slice(path.indexOf(target)), target].join(' -> ')
        const mend = 'move what both need into a third file, or pass it in'
        violations.push({ file, line, rule: 'no-cycle', what: `imports in a circle: ${circle}`, mend })
      } else if (!done.has(target)) visit(target)
    }
    path.pop()
    onPath.delete(file)
    done.add(file)
  }
  for (const file of graph.keys()) if (!done.has(file)) visit(file)
  return violations
}

/** @param {string} file */
export function isProgram(file) {
  return isCode(file) && !file.startsWith('test/fixtures/')
}
