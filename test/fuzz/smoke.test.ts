/** Every parser on the same damaged inputs each time, a few hundred of them; `npm run fuzz` goes on from there. */
import { expect, it } from 'vitest'
import { describeFinding, fuzz, withRejections } from './harness.ts'
import { PARSERS } from './parsers.ts'

it.each(PARSERS.map((parser) => [parser.name, parser] as const))('%s', async (name, parser) => {
  const inputs = Math.min(120, parser.inputs ?? 120)
  const plan = { seed: 'smoke', inputs, pumps: 4, pumpBytes: 32 * 1024, findings: 3 }
  const findings = await withRejections(name, () => fuzz(parser, plan))
  expect(findings.map(describeFinding).join('\n\n')).toBe('')
})
