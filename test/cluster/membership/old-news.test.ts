import { expect, it } from 'vitest'
import { addressOf } from '../lan.ts'
import { alive, dead, type Machine, machine, said, suspect } from './machine.ts'

const LOST = 3

/** Knows x, which has refuted what was said of it, and y, which has not heard that. */
function refuted(): Machine {
  const self = machine()
  self.hears(alive('x', 10, LOST), alive('y', 11))
  self.m.probeAt = Number.POSITIVE_INFINITY
  self.m.memberQueue.byKey.clear()
  return self
}

it.each([
  ['suspicion', suspect('x', LOST - 1, 'y')],
  ['death', dead('x', LOST - 1, 'y')],
])('who spreads a %s that was refuted long ago is told so', (_, news) => {
  const self = refuted()
  const better = { kind: 'alive', node: 'x', incarnation: LOST, address: addressOf(10) }
  expect(said(self.hears(news))).toMatchObject([{ to: addressOf(11), messages: [better] }])
  // Not for each of its messages.
  expect(said(self.hears(news))).toEqual([])
  expect(self.m.members.get('x')).toMatchObject({ state: 'alive', incarnation: LOST })
})

it('a node that was accused and has refuted it says so itself', () => {
  const self = refuted()
  self.hears(suspect('me', self.m.incarnation, 'x'))
  self.m.memberQueue.byKey.clear()
  const better = { kind: 'alive', node: 'me', incarnation: self.m.incarnation }
  expect(said(self.hears(suspect('me', 1, 'y')))).toMatchObject([{ to: addressOf(11), messages: [better] }])
})

it.each([
  ['news of one that is suspected here as well', suspect('x', LOST, 'z'), suspect('x', LOST - 1, 'y')],
  ['news by a stranger', alive('z', 12), suspect('x', LOST - 1, 'nobody')],
  ['news that names its own subject', alive('z', 12), dead('x', LOST - 1, 'x')],
])('%s is left alone', (_, before, news) => {
  const self = refuted()
  self.hears(before)
  expect(said(self.hears(news)).flatMap(({ messages }) => messages.filter(({ kind }) => kind === 'alive'))).toEqual([])
})
