import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSplitter, problemOf, SEPARATOR } from '../../ui/shell/asking.ts'

describe('problems', () => {
  it.each([
    [400, '{"error":"limit is a whole number"}', 'limit is a whole number'],
    [500, 'live debugging is not enabled\n', 'live debugging is not enabled'],
    [401, '', 'The node wants a password (401). Load the page again to be asked for it.'],
    [404, '<!doctype html><h1>Not found', 'The node does not know this question (404). Does it run an older skein?'],
    [502, '<html>bad gateway', 'A proxy in between could not reach the node (502).'],
    [500, '', 'The node answered with status 500.'],
    [500, '<html>', 'The node answered with status 500.'],
  ])('%s %s', (status, body, said) => {
    expect(problemOf(status, body)).toBe(said)
  })

  it('are never long', () => {
    expect(problemOf(500, 'x'.repeat(10_000)).length).toBeLessThan(400)
  })
})

describe('a stream', () => {
  it('is cut at its separators, however it arrives', () => {
    const text = fc.string({ maxLength: 8 }).filter((one) => !/[|;]/.test(one))
    fc.assert(
      fc.property(fc.array(text, { maxLength: 8 }), fc.array(fc.nat(80), { maxLength: 6 }), (messages, cuts) => {
        const whole = messages.map((message) => message + SEPARATOR).join('')
        const places = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length]
        const got: string[] = []
        const split = createSplitter((piece) => got.push(piece))
        for (let index = 1; index < places.length; index++) split(whole.slice(places[index - 1], places[index]))
        expect(got).toEqual(messages)
      }),
    )
  })

  it('holds a message back until it is whole', () => {
    const got: string[] = []
    const split = createSplitter((piece) => got.push(piece))
    split('half')
    expect(got).toEqual([])
    split(' and half|;')
    expect(got).toEqual([])
    split('|next')
    expect(got).toEqual(['half and half'])
  })
})
