/**
 * Builds dist/: every module with its types for those who import skein, and dist/agent.js, the whole agent for Node in one
 * file, which starts twice as fast, and dist/ui, the pages. Types are not checked here (`npm run types` does that): each file is translated by
 * itself, which takes a quarter of the time. `isolatedDeclarations` is what makes that possible for the types too.
 *
 *   node scripts/build.mjs [--bundle | --ui]     --bundle: dist/agent.js alone, --ui: dist/ui alone, for trying things out
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { buildUi } from './ui.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** CommonJS packages inside an ES module call `require`. */
const REQUIRE_BANNER = `import { createRequire as createRequireOfNode } from 'node:module'
const require = createRequireOfNode(import.meta.url)`

async function bundle() {
  const outfile = join(dist, 'agent.js')
  await build({
    absWorkingDir: root,
    entryPoints: ['adapters/node/main.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'linked',
    define: { SKEIN_VERSION: JSON.stringify(version) },
    banner: { js: REQUIRE_BANNER },
    logLevel: 'warning',
  })
  chmodSync(outfile, 0o755)
}

async function translate() {
  const { default: ts } = await import('typescript')
  const { config } = ts.readConfigFile(join(root, 'tsconfig.build.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  // One file at a time, TypeScript can't see that package.json makes them ES modules.
  const modules = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }
  const codeOptions = { ...options, ...modules, declaration: false, isolatedDeclarations: false }
  for (const folder of ['core', 'adapters']) {
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.name.endsWith('.ts')) continue
      const source = join(entry.parentPath, entry.name)
      const target = join(dist, source.slice(root.length)).slice(0, -'.ts'.length)
      const text = readFileSync(source, 'utf8')
      const about = { fileName: source, reportDiagnostics: true }
      const code = ts.transpileModule(text, { ...about, compilerOptions: codeOptions })
      const types = ts.transpileDeclaration(text, { ...about, compilerOptions: options })
      for (const { messageText } of [...code.diagnostics, ...types.diagnostics]) {
        throw new Error(`${source}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
      }
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(`${target}.js`, code.outputText)
      // Declarations keep the suffixes of the sources.
      writeFileSync(
        `${target}.d.ts`,
        types.outputText.replace(/(from |import\()(['"])(\.[^'"]*)\.ts\2/g, '$1$2$3.js$2'),
      )
    }
  }
}

const started = performance.now()
const uiAlone = process.argv.includes('--ui')
if (!uiAlone) rmSync(dist, { recursive: true, force: true })
try {
  const pages = () => buildUi(root, join(dist, 'ui'))
  if (uiAlone) await pages()
  else await (process.argv.includes('--bundle') ? bundle() : Promise.all([bundle(), translate(), pages()]))
  console.log(`built skein ${version} in ${((performance.now() - started) / 1000).toFixed(1)} s`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
