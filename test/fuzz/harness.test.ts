/** The harness finds what it is there to find: parsers with one mistake each, and a sound one. */
import { describe, expect, it } from 'vitest'
import { CodedError } from '../../core/errors.ts'
import { createDraw } from '../sim/random.ts'
import { describeFinding, type Finding, fuzz, type Plan, withRejections } from './harness.ts'
import { type Bytes, mutated, pumped, utf8 } from './mutate.ts'
import { mutatedJson } from './mutate-json.ts'
import { check, type Parser, texts } from './parser.ts'

const PLAN: Plan = { seed: 'mutants', inputs: 400, pumps: 6, pumpBytes: 16 * 1024, findings: 1 }

/** Length-prefixed texts: a byte, and as many more. */
const SOUND: Parser = {
  name: 'a sound parser',
  covers: [],
  seeds: () => [utf8('\x03abc\x02de'), utf8('\x05hello')],
  tokens: ['\x00', '\x7f'],
  read(input) {
    let at = 0
    let read = 0
    while (at < input.length) {
      const length = input[at]
      if (at + 1 + length > input.length) throw new CodedError('config', 'cut short')
      read += input.slice(at + 1, at + 1 + length).length
      at += 1 + length
    }
    check(read <= input.length, 'texts take bytes')
  },
}

function find(
  read: (input: Bytes) => unknown,
  more: Partial<Parser> = {},
  plan: Partial<Plan> = {},
): Promise<readonly Finding[]> {
  return withRejections('mutant', () => fuzz({ ...SOUND, name: 'mutant', read, ...more }, { ...PLAN, ...plan }))
}

describe('the harness', () => {
  it('finds nothing where nothing is', async () => {
    expect(await find(SOUND.read)).toEqual([])
  })

  it('finds what the parser does not say that it throws, and shows it small', async () => {
    const [finding] = await find(
      (input) => {
        SOUND.read(input)
      },
      { documented: () => false },
    )
    expect(finding).toMatchObject({ trouble: 'throws' })
    expect(finding.message).toContain('CodedError: cut short')
    // One byte that promises more than there is.
    expect(finding.input).toHaveLength(1)
    expect(describeFinding(finding)).toContain(Buffer.from(finding.input).toString('base64'))
  })

  it("finds the engine's own errors", async () => {
    const [finding] = await find((input) => {
      if (input[0] === 5 && input.length < 4) (undefined as unknown as { at: number }).at++
    })
    expect(finding).toMatchObject({ trouble: 'throws', input: Uint8Array.of(5) })
    expect(finding.message).toContain('TypeError')
  })

  it('finds nesting that overflows the stack', async () => {
    const nested = (input: Bytes, at: number): number => (input[at] === 0x5b ? 1 + nested(input, at + 1) : 0)
    const [finding] = await find(
      (input) => nested(input, 0),
      { seeds: texts('[[]]'), tokens: ['['] },
      { pumpBytes: 1024 * 1024 },
    )
    expect(finding).toMatchObject({ trouble: 'throws' })
    expect(finding.message).toMatch(/call stack|recursion/i)
  })

  it('finds work that grows with the square of the input', async () => {
    const [finding] = await find((input) => {
      let pairs = 0
      for (let i = 0; i < input.length; i++) for (let j = 0; j < input.length; j++) if (input[i] === input[j]) pairs++
      return pairs
    })
    expect(finding).toMatchObject({ trouble: 'slow' })
    expect(finding.input.length).toBeGreaterThan(1024)
  })

  it('finds memory that a length alone can take', async () => {
    const [finding] = await find(
      (input) => {
        if (input.length === 0 || input[0] < 0x7f) return
        const taken = new Uint8Array(96 * 1024 * 1024)
        // Touched, or no system gives it.
        for (let at = 0; at < taken.length; at += 4096) taken[at] = 1
      },
      { seeds: () => [Uint8Array.of(1, 2, 3)], microsPerByte: 1e6 },
    )
    expect(finding).toMatchObject({ trouble: 'memory' })
    expect(finding.input[0]).toBeGreaterThanOrEqual(0x7f)
  })

  it('finds promises that nobody waits for', async () => {
    const [finding] = await find((input) => {
      if (input.length === 2) void Promise.reject(new Error('forgotten'))
    })
    expect(finding).toMatchObject({ trouble: 'unhandled', message: 'Error: forgotten' })
  })

  it('finds results that are not what they should be, also late ones', async () => {
    const [finding] = await find(async (input) => {
      await Promise.resolve()
      check(!input.includes(0x7f), 'there is no 7f')
    })
    expect(finding).toMatchObject({
      trouble: 'broken',
      message: 'does not hold: there is no 7f',
      input: Uint8Array.of(0x7f),
    })
  })

  it('gives the same inputs for the same seed, and others for another', () => {
    const material = { seeds: [utf8('{"a":[1,2]}'), utf8('abc')], tokens: [utf8('"')] }
    const some = (seed: string): string[] => {
      const draw = createDraw(seed)
      const all = Array.from({ length: 50 }, (_, i) =>
        i % 5 === 0 ? pumped(draw, material, 100) : mutated(draw, material),
      )
      return all.map((bytes) => Buffer.from(bytes).toString('hex'))
    }
    expect(some('a')).toEqual(some('a'))
    expect(some('a')).not.toEqual(some('b'))
    expect(new Set(some('a')).size).toBeGreaterThan(40)
  })

  it('damages JSON so that it stays JSON', () => {
    const draw = createDraw('json')
    const all = Array.from({ length: 300 }, () => mutatedJson('{"a":[1,{"b":null}],"c":"d"}', draw) ?? 'none')
    for (const text of all) JSON.parse(text)
    expect(new Set(all).size).toBeGreaterThan(150)
    expect(mutatedJson('{', draw)).toBeUndefined()
  })
})
