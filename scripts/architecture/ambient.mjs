/**
 * The core touches the world through core/ports.ts only. This reads every name that core/ uses and finds those that
 * no import, parameter or local declares: the globals. Only the globals listed here may be used, so a new one is a
 * decision and not an accident. Names are resolved by TypeScript's own checker, without any library loaded.
 */
import ts from 'typescript'
import { lineOf } from './source.mjs'

/** The language itself, without what depends on the host, the clock or chance (those are below). */
const LANGUAGE =
  'undefined NaN Infinity arguments Object Function Boolean Symbol Number BigInt String RegExp Array Map Set WeakMap WeakSet WeakRef ' +
  'Promise Proxy Reflect JSON Intl Iterator Atomics ArrayBuffer SharedArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray ' +
  'Int16Array Uint16Array Int32Array Uint32Array BigInt64Array BigUint64Array Float32Array Float64Array Error AggregateError ' +
  'EvalError RangeError ReferenceError SyntaxError TypeError URIError parseInt parseFloat isNaN isFinite ' +
  'encodeURI encodeURIComponent decodeURI decodeURIComponent'

/** Web APIs that behave alike on Node, Bun, Deno and Workers and neither wait, nor talk to anyone. */
const WEB =
  'TextEncoder TextDecoder URL URLSearchParams AbortController Event EventTarget DOMException Headers Request Response ' +
  'ReadableStream WritableStream TransformStream crypto atob btoa structuredClone queueMicrotask'

const ALLOWED = new Set(`${LANGUAGE} ${WEB}`.split(' '))

/** Globals of which some members are fine: the rest is read as the host's clock, chance or timer. */
const MEMBERS = {
  Date: { allowed: new Set(['UTC', 'parse']), mend: 'ask the Clock port: clock.now() or clock.monotonic()' },
  Math: { forbidden: new Set(['random']), mend: 'take a Random port: random.next(); and write Math.floor(…) in full' },
  AbortSignal: { allowed: new Set(['any', 'abort']), mend: 'abort an AbortController from a timer of core/time' },
}

const MENDS = {
  process: 'read it in an adapter and pass it in (Ports.host)',
  Buffer: 'use Uint8Array, DataView, TextEncoder and TextDecoder',
  Deno: 'this belongs to adapters/deno',
  Bun: 'this belongs to adapters/bun',
  fetch: 'send through the HttpClients port',
  setTimeout: 'wait on core/time: timers.after() or timers.sleep()',
  setInterval: 'wait on core/time: timers.after(), armed again each time',
  setImmediate: 'give the host a turn with clock.turn()',
  clearTimeout: 'cancel the Timer of core/time',
  clearInterval: 'cancel the Timer of core/time',
  performance: 'ask the Clock port: clock.monotonic()',
  console: 'log through the Logger that is passed in',
  globalThis: 'name what you need, or ask for it through core/ports.ts',
}
const MEND_OTHER =
  'ask for it through core/ports.ts; if all runtimes have it and it neither waits nor talks to anyone, list it in scripts/architecture/ambient.mjs'

/**
 * @param {ReadonlyMap<string, ts.SourceFile>} sources files of core/, by path
 * @returns {import('./report.mjs').Violation[]}
 */
export function findAmbientUse(sources) {
  const checker = programOf(sources).getTypeChecker()
  const violations = []
  for (const [file, source] of sources) {
    const report = (node, what, mend) =>
      violations.push({ file, line: lineOf(source, node), rule: 'no-ambient', what: `core uses ${what}`, mend })
    const visit = (node) => {
      if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return
      if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return
      if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) {
        report(node, 'import.meta', 'pass the location in')
      } else if (ts.isIdentifier(node) && isReference(node) && isGlobal(checker, node)) judge(node, report)
      ts.forEachChild(node, visit)
    }
    visit(source)
  }
  return violations
}

function judge(node, report) {
  const name = node.text
  if (Object.hasOwn(MEMBERS, name)) {
    const misuse = misuseOf(node, MEMBERS[name])
    if (misuse !== undefined) report(node, misuse, MEMBERS[name].mend)
  } else if (!ALLOWED.has(name)) {
    report(node, `the global ${name}`, Object.hasOwn(MENDS, name) ? MENDS[name] : MEND_OTHER)
  }
}

/** What is wrong with this use of Date, Math or AbortSignal; undefined when it is harmless. */
function misuseOf(node, { allowed, forbidden }) {
  const { parent, text } = node
  if (ts.isNewExpression(parent) && parent.expression === node) {
    return (parent.arguments?.length ?? 0) > 0 ? undefined : `new ${text}() without arguments`
  }
  if (ts.isCallExpression(parent) && parent.expression === node) return `${text}()`
  if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword) return undefined
  if (ts.isPropertyAccessExpression(parent) && parent.expression === node) {
    const member = parent.name.text
    const fine = allowed === undefined ? !forbidden.has(member) : allowed.has(member)
    return fine ? undefined : `${text}.${member}`
  }
  return `${text} as a value`
}

/** True for a name that is read or called; false for names of properties, declarations, imports and labels. */
function isReference(node) {
  const { parent } = node
  if (ts.isShorthandPropertyAssignment(parent)) return true
  return parent.name !== node && parent.propertyName !== node && parent.label !== node
}

/**
 * Declared by nothing in this file but, at most, a `declare`, which only claims that the host has it. `resolveName` is
 * not in TypeScript's published types; the public look-ups check types on the way, which means nothing without a library.
 */
function isGlobal(checker, node) {
  const symbol = checker.resolveName(node.text, node, ts.SymbolFlags.Value | ts.SymbolFlags.Alias, true)
  const declarations = symbol?.declarations ?? []
  return declarations.every((declaration) => {
    for (let at = declaration; at !== undefined; at = at.parent) {
      if (ts.canHaveModifiers(at) && ts.getModifiers(at)?.some((m) => m.kind === ts.SyntaxKind.DeclareKeyword))
        return true
    }
    return false
  })
}

/** A program of these files alone: no library, no packages, nothing read from disk. */
function programOf(sources) {
  const options = {
    noLib: true,
    noResolve: true,
    types: [],
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
  }
  return ts.createProgram([...sources.keys()], options, {
    getSourceFile: (file) => sources.get(file),
    getDefaultLibFileName: () => 'none.d.ts',
    getCurrentDirectory: () => '',
    getCanonicalFileName: (file) => file,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    fileExists: (file) => sources.has(file),
    readFile: (file) => sources.get(file)?.text,
    writeFile: () => {},
  })
}
