/** Finds the files of the repository and reads what each imports. Knows no rule. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import ts from 'typescript'

const CODE = /\.(?:[cm]?[jt]s|tsx|jsx)$/
const NOT_OURS = new Set(['node_modules', 'dist', '.git', 'coverage'])

/** Planted violations are repositories of their own; the test of this check looks into them. */
const PLANTED = 'test/architecture/planted/'

/** @param {string} file */
export function isCode(file) {
  return CODE.test(file)
}

/**
 * All files that are, or could be, committed; paths from `root` with `/`, sorted.
 * @param {string} root
 * @returns {string[]}
 */
export function listFiles(root) {
  const files = listWithGit(root) ?? walk(root, '')
  return files.filter((file) => !file.startsWith(PLANTED)).sort()
}

function listWithGit(root) {
  const git = (...args) =>
    execFileSync('git', ['-C', root, ...args], {
      encoding: 'utf8',
      maxBuffer: 64 << 20,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  try {
    if (realpathSync(git('rev-parse', '--show-toplevel').trim()) !== realpathSync(root)) return undefined
    const listed = git('ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0')
    return [...new Set(listed)].filter((file) => file !== '' && isFile(join(root, file)))
  } catch {
    return undefined // no git, or not a clone: the tree itself is what there is
  }
}

function walk(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name)
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : walk(root, path)
    return entry.isFile() ? [path] : []
  })
}

function isFile(path) {
  return existsSync(path) && statSync(path).isFile()
}

/**
 * @param {string} file
 * @param {string} text
 * @returns {ts.SourceFile}
 */
export function parse(file, text) {
  return ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true)
}

/**
 * @param {ts.SourceFile} source
 * @param {ts.Node} node
 * @returns {number} line of the node's first character, from 1
 */
export function lineOf(source, node) {
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1
}

/**
 * Every import, re-export, `import()` and `import('…')` type of a file.
 * @param {ts.SourceFile} source
 * @returns {{ specifier: string | undefined, line: number }[]} specifier is undefined when it is computed at run time
 */
export function importsOf(source) {
  const found = []
  const add = (node, specifier) => {
    const text = specifier !== undefined && ts.isStringLiteralLike(specifier) ? specifier.text : undefined
    found.push({ specifier: text, line: lineOf(source, node) })
  }
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) add(node, node.moduleSpecifier)
    else if (ts.isExportDeclaration(node)) {
      if (node.moduleSpecifier !== undefined) add(node, node.moduleSpecifier)
    } else if (ts.isImportEqualsDeclaration(node)) {
      if (ts.isExternalModuleReference(node.moduleReference)) add(node, node.moduleReference.expression)
    } else if (ts.isImportTypeNode(node))
      add(node, ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined)
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node, node.arguments[0])
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/**
 * @param {string} from importing file
 * @param {string} specifier as written
 * @param {ReadonlySet<string>} files all files of the repository
 * @returns {string | undefined} the imported file of this repository, undefined for packages and for what doesn't exist
 */
export function resolveImport(from, specifier, files) {
  if (!specifier.startsWith('.')) return undefined
  const path = posix.normalize(posix.join(dirname(from), specifier))
  const stem = path.replace(/\.([cm]?)js$/, '.$1ts')
  return [path, stem, `${path}.ts`, `${path}/index.ts`].find((candidate) => files.has(candidate))
}
