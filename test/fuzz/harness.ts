/**
 * Feeds a parser with damaged inputs and watches it: what it throws, the CPU time it takes for the length of the input, the memory
 * it takes, promises that it forgets. Owns inputs and bounds; what holds of a result is the parser's table entry's to check.
 */

import { createDraw, type Draw } from '../sim/random.ts'
import { spentMs } from '../support/effort.ts'
import { type Bytes, latin1, type Material, mutated, pumped, utf8 } from './mutate.ts'
import { isBroken, isCoded, type Parser } from './parser.ts'

export type Trouble = 'throws' | 'broken' | 'slow' | 'memory' | 'unhandled'

export interface Finding {
  readonly parser: string
  readonly trouble: Trouble
  readonly message: string
  /** Made as small as it gets for what throws or is broken. */
  readonly input: Bytes
}

export interface Plan {
  readonly seed: string
  /** Damaged inputs, besides the seeds cut at every byte. */
  readonly inputs: number
  /** Inputs in which something is repeated, and how long they get at most. */
  readonly pumps: number
  readonly pumpBytes: number
  /** Stops at the first of that many findings. */
  readonly findings: number
}

/** In CPU time, per input; what a start-up of the engine's own compilers may take is in it. */
const FREE_MS = 50
const MICROS_PER_BYTE = 2
/** Of memory that an input makes reachable or garbage: engines collect when they like. */
const FREE_BYTES: number = 48 * 1024 * 1024
const BYTES_PER_BYTE = 512
/** Memory is looked at once for so many inputs: looking takes longer than reading most of them. */
const BATCH = 32
/** Cuts of one seed: at every byte of those that aren't longer. */
const MAX_CUTS = 512
const SHRINKING_STEPS = 400

/** Findings, at most `plan.findings`. Unhandled rejections are told apart from each other by `withRejections`. */
export async function fuzz(parser: Parser, plan: Plan): Promise<readonly Finding[]> {
  const material: Material = { seeds: await parser.seeds(), tokens: (parser.tokens ?? []).map(token) }
  const findings: Finding[] = []
  let batch: Bytes[] = []
  let batchBytes = 0
  let before = memory()
  for (const input of inputsOf(parser, material, plan)) {
    const finding = await examine(parser, input)
    if (finding !== undefined) findings.push(finding)
    if (findings.length >= plan.findings) return findings
    batch.push(input)
    batchBytes += input.length
    if (batch.length < BATCH) continue
    if (memory() - before > allowedBytes(parser, batchBytes) + (parser.allocates ?? 0) * (batch.length - 1)) {
      for (const suspect of batch) {
        const grown = await mostGrowth(parser, suspect)
        if (grown > allowedBytes(parser, suspect.length)) {
          findings.push(found(parser, 'memory', `takes ${Math.round(grown / 1e6)} MB`, suspect))
        }
        if (findings.length >= plan.findings) return findings
      }
    }
    batch = []
    batchBytes = 0
    before = memory()
  }
  return findings
}

function* inputsOf(parser: Parser, material: Material, plan: Plan): Generator<Bytes> {
  const draw = createDraw(`${plan.seed}/${parser.name}`)
  yield* material.seeds
  yield new Uint8Array(0)
  yield* cutsOf(material, Math.ceil(plan.inputs / 3), draw)
  for (let i = 0; i < plan.inputs; i++) yield mutated(draw, material)
  // What takes its time gets shorter ones, so that all take about as long.
  const slowness = Math.max(1, (parser.microsPerByte ?? MICROS_PER_BYTE) / 8)
  const most = Math.min(Math.ceil(plan.pumpBytes / slowness), parser.longest ?? 1024 * 1024)
  for (let i = 0; i < plan.pumps; i++) yield pumped(draw, material, i % 3 === 2 ? Math.ceil(most / 16) : most)
}

/** Seeds, cut at every byte, or at `most` places in all. */
function* cutsOf({ seeds }: Material, most: number, draw: Draw): Generator<Bytes> {
  const places = seeds.flatMap((seed) => {
    const every = Math.max(1, Math.ceil(seed.length / MAX_CUTS))
    return Array.from({ length: Math.ceil(seed.length / every) }, (_, i) => [seed, i * every] as const)
  })
  for (const [seed, at] of places.length <= most ? places : draw.some(places, most)) yield seed.slice(0, at)
}

/** Undefined when all is well. */
async function examine(parser: Parser, input: Bytes): Promise<Finding | undefined> {
  const from = performance.now()
  const thrown = await problemWith(parser, input)
  if (thrown !== undefined) {
    const least = await shrunk(parser, input, thrown.trouble)
    return found(parser, thrown.trouble, thrown.message, least)
  }
  const allowed = FREE_MS + (input.length * (parser.microsPerByte ?? MICROS_PER_BYTE)) / 1000
  // The machine may be busy with others: only then the time of this process is looked at, and the best of three runs counts.
  if (performance.now() - from <= allowed) return undefined
  let least = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < 3 && least > allowed; attempt++) {
    const before = spentMs()
    await problemWith(parser, input)
    least = Math.min(least, spentMs() - before)
  }
  if (least <= allowed) return undefined
  return found(parser, 'slow', `takes ${Math.round(least)} ms of CPU time for ${input.length} bytes`, input)
}

async function problemWith(
  parser: Parser,
  input: Bytes,
): Promise<{ readonly trouble: Trouble; readonly message: string } | undefined> {
  try {
    // A parser that writes into its input would spoil the finding.
    const result = parser.read(input.slice())
    if (result instanceof Promise) await result
    return undefined
  } catch (thrown) {
    if (isBroken(thrown)) return { trouble: 'broken', message: (thrown as Error).message }
    if ((parser.documented ?? isCoded)(thrown)) return undefined
    const what = thrown instanceof Error ? `${thrown.constructor.name}: ${thrown.message}` : String(thrown)
    const place =
      thrown instanceof Error ? (thrown.stack?.split('\n').find((line) => /core|adapters/.test(line)) ?? '') : ''
    return { trouble: 'throws', message: `${what} ${place.trim()}`.trim() }
  }
}

/** Takes away what can be taken away without the trouble going. */
async function shrunk(parser: Parser, input: Bytes, trouble: Trouble): Promise<Bytes> {
  let least = input
  let steps = 0
  for (let size = Math.ceil(least.length / 2); size >= 1 && steps < SHRINKING_STEPS; size = Math.floor(size / 2)) {
    for (let at = 0; at < least.length && steps < SHRINKING_STEPS; steps++) {
      const smaller = new Uint8Array(Math.max(0, least.length - Math.min(size, least.length - at)))
      smaller.set(least.subarray(0, at))
      smaller.set(least.subarray(at + size), at)
      if ((await problemWith(parser, smaller))?.trouble === trouble) least = smaller
      else at += size
    }
  }
  return least
}

function allowedBytes(parser: Parser, bytes: number): number {
  return FREE_BYTES + BYTES_PER_BYTE * bytes + 4 * (parser.allocates ?? 0)
}

/** Of three runs: an engine that collects garbage in the middle of one makes it look like less. */
async function mostGrowth(parser: Parser, input: Bytes): Promise<number> {
  let most = 0
  for (let attempt = 0; attempt < 3; attempt++) {
    const before = memory()
    await problemWith(parser, input)
    most = Math.max(most, memory() - before)
  }
  return most
}

/** What the engine holds, garbage included. Bun doesn't tell, but what was written to shows in the process. */
function memory(): number {
  const { heapUsed, arrayBuffers, external, rss } = process.memoryUsage()
  return 'Bun' in globalThis ? rss : heapUsed + Math.max(arrayBuffers, external)
}

/** Bytes are written as characters. */
function token(characters: string): Bytes {
  return /^[\0-\xff]*$/.test(characters) ? latin1(characters) : utf8(characters)
}

function found(parser: Parser, trouble: Trouble, message: string, input: Bytes): Finding {
  return { parser: parser.name, trouble, message, input }
}

/**
 * The findings of `run`, and one for each promise that was rejected meanwhile and that nobody waited for.
 */
export async function withRejections(
  name: string,
  run: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const rejections: unknown[] = []
  const note = (reason: unknown): void => void rejections.push(reason)
  process.on('unhandledRejection', note)
  process.on('uncaughtException', note)
  try {
    const findings = await run()
    // They are told when the queue of small tasks is empty.
    await new Promise((resolve) => setTimeout(resolve, 5))
    const unhandled = rejections.map((reason) => ({
      parser: name,
      trouble: 'unhandled' as const,
      message: reason instanceof Error ? `${reason.constructor.name}: ${reason.message}` : String(reason),
      input: new Uint8Array(0),
    }))
    return [...findings, ...unhandled]
  } finally {
    process.removeListener('unhandledRejection', note)
    process.removeListener('uncaughtException', note)
  }
}

/** For people: what, the input as text and as bytes that can be pasted. */
export function describeFinding({ parser, trouble, message, input }: Finding): string {
  const shown = input.subarray(0, 300)
  const more = input.length > shown.length ? ` … (${input.length} bytes)` : ''
  return [
    `${parser}: ${trouble}: ${message}`,
    `  text  ${JSON.stringify(new TextDecoder().decode(shown))}${more}`,
    `  base64 ${Buffer.from(shown).toString('base64')}${more}`,
  ].join('\n')
}
