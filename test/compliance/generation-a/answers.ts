/** What a sender makes of answers, and of 415. */
import { expect } from 'vitest'
import { type Case, casesOf, exposing, PLAIN, SECOND_ONLY } from '../case.ts'
import { delivered, labelsOf, named, own } from '../look.ts'
import type { Outcome } from '../outcome.ts'
import { countsOf } from '../receiver.ts'
import type { Receiving, Scenario } from '../scenario.ts'
import type { WireRequest } from '../wire.ts'
import { expectNothingTwice } from './failures.ts'

const responses = casesOf('TestResponseProcessing')
const fallback = casesOf('TestFallbackBehavior')

const FAILED = 'prometheus_remote_storage_samples_failed_total'
const LARGE = `Error details: ${'detailed error information; '.repeat(1000)}`
const VERBATIM = "Error: Invalid label name '__invalid__'"
const NOT_AGAIN = 'stricter: nothing is sent twice'
const COUNTED = `${NOT_AGAIN}, and what was not written is counted as failed`

function answered(receive: Receiving, text = 'test_metric 42\n', seconds = 8): Scenario {
  return exposing(text, { receive, seconds })
}

function version(headers: Outcome['requests'][number]['headers']): unknown {
  return headers['x-prometheus-remote-write-version']
}

/** Samples of the requests that were answered when the sender was asked for its metrics. */
function sent({ requests, stoppedAt }: Outcome): number[] {
  const answered = requests.filter(({ at }) => at < stoppedAt - 1000)
  expect(answered.length).toBeGreaterThan(0)
  return answered.map(({ message }) => countsOf(message as WireRequest)[0])
}

/** The sender's own count of failed samples, if it has one by this name: of each request all that was not `written`. */
function expectFailed(outcome: Outcome, written: number): void {
  expectNothingTwice(outcome)
  const failed = own(outcome, FAILED)
  if (failed === undefined) return
  expect(failed).toBe(sent(outcome).reduce((sum, samples) => sum + samples - written, 0))
}

const FALLING: Scenario = { ...PLAIN, speak: 'auto', receive: { refuseSecond: 'once' }, seconds: 15 }
const REFUSED: Scenario = { ...FALLING, receive: { refuseSecond: 'always' } }
const REAL = 'stricter: 415 is really answered, with `protobuf_message = "auto"`'

function fallen({ requests }: Outcome): Outcome['requests'] {
  const [first, ...others] = requests
  expect(first.status).toBe(415)
  expect(version(first.headers)).toBe('2.0.0')
  expect(others.length).toBeGreaterThan(0)
  return others
}

export const ANSWERS: readonly Case[] = [
  responses(
    'SHOULD',
    'ignore_response_body_on_success',
    answered({ always: { status: 200, body: 'This body should be ignored' } }),
    (outcome) => {
      expectNothingTwice(outcome)
      expect(outcome.output).not.toContain('This body should be ignored')
    },
    { note: `${NOT_AGAIN}; answered with 200, for 204 has no body` },
  ),
  responses(
    'MAY',
    'process_written_count_headers',
    answered(
      { always: { status: 204, written: [3, 0, 0] } },
      '# Multiple samples\ntest_counter_total{label="a"} 100\ntest_counter_total{label="b"} 200\ntest_gauge{label="c"} 50\n',
    ),
    (outcome) => expectFailed(outcome, outcome.second ? 3 : Math.max(...sent(outcome))),
    { note: `${COUNTED} (3 of each request are written)`, secondOnly: true },
  ),
  responses(
    'SHOULD',
    'handle_partial_write_response',
    answered(
      { always: { status: 400, body: 'Rejected 1 sample', written: [2, 0, 0] } },
      '# Multiple samples\nsample_1 1\nsample_2 2\nsample_3 3\n',
    ),
    (outcome) => expectFailed(outcome, outcome.second ? 2 : 0),
    { note: COUNTED },
  ),
  responses(
    'SHOULD',
    'handle_missing_written_headers',
    answered({ always: { status: 400, body: 'Bad request' } }),
    (outcome) => expectFailed(outcome, 0),
    { note: COUNTED },
  ),
  responses(
    'MUST',
    'log_error_messages_verbatim',
    answered({ always: { status: 400, body: VERBATIM } }),
    (outcome) => expect(outcome.output).toContain(VERBATIM),
    { note: 'stricter: the log really has it' },
  ),
  responses(
    'SHOULD',
    'handle_large_error_body',
    answered({ always: { status: 400, body: LARGE } }),
    (outcome) => {
      expectNothingTwice(outcome)
      expect(outcome.output).toContain('Error details: detailed error information; ')
      expect(outcome.output).not.toContain(LARGE)
    },
    { note: `${NOT_AGAIN}, and the log has the beginning` },
  ),
  responses('MUST', 'handle_204_no_content', answered({ always: { status: 204 } }), expectNothingTwice, {
    note: NOT_AGAIN,
  }),
  responses('MUST', 'handle_200_ok', answered({ always: { status: 200, body: 'OK' } }), expectNothingTwice, {
    note: NOT_AGAIN,
  }),
  casesOf('TestContentTypeNegotiation')('SHOULD', '', { ...PLAIN, seconds: 10 }, ({ requests }) => {
    for (const { headers } of requests) expect(headers['content-type']).toContain('application/x-protobuf')
  }),
  fallback(
    'SHOULD',
    'fallback_on_415_unsupported_media_type',
    FALLING,
    (outcome) => expect(version(fallen(outcome)[0].headers)).toBe('0.1.0'),
    { ...SECOND_ONLY, note: REAL },
  ),
  fallback(
    'SHOULD',
    'retry_with_different_version',
    FALLING,
    (outcome) => {
      const [{ message }] = outcome.requests
      const refused = named((message as WireRequest).series, 'test_metric').flatMap(({ samples }) => samples)
      const arrived = named(delivered(outcome), 'test_metric').flatMap(({ samples }) => samples)
      expect(refused).not.toEqual([])
      for (const { timestamp } of refused) expect(arrived.map((sample) => sample.timestamp)).toContain(timestamp)
    },
    { ...SECOND_ONLY, note: `${REAL}; the samples that were refused arrive in 1.0` },
  ),
  fallback(
    'MUST',
    'fallback_header_changes',
    FALLING,
    (outcome) => {
      expect(fallen(outcome)[0].headers['content-type']).toBe('application/x-protobuf')
      expect(fallen(outcome)[0].message?.version).toBe('1.0')
    },
    { ...SECOND_ONLY, note: REAL },
  ),
  fallback(
    'SHOULD',
    'accept_success_after_fallback',
    FALLING,
    (outcome) => {
      const accepted = fallen(outcome).filter(({ status }) => status === 204)
      expect(accepted.length).toBeGreaterThanOrEqual(2)
      expect(labelsOf(named(delivered(outcome), 'test_metric')[0])['job']).toBe('test')
      const times = named(delivered(outcome), 'test_metric').flatMap(({ samples }) => samples)
      expect(new Set(times.map(({ timestamp }) => timestamp)).size).toBe(times.length)
    },
    { ...SECOND_ONLY, note: `${REAL}; nothing arrives twice` },
  ),
  fallback(
    'SHOULD',
    'persistent_fallback_choice',
    REFUSED,
    (outcome) => {
      const versions = fallen(outcome).map(({ headers }) => version(headers))
      expect(versions.length).toBeGreaterThanOrEqual(2)
      expect(new Set(versions)).toEqual(new Set(['0.1.0']))
    },
    { ...SECOND_ONLY, note: `${REAL}, to every request of 2.0: one is sent` },
  ),
  casesOf('TestNoFallbackOn2xx')(
    'MUST',
    '',
    { ...PLAIN, speak: 'auto', seconds: 12 },
    ({ requests }) => {
      expect(requests.length).toBeGreaterThanOrEqual(2)
      for (const { headers } of requests) expect(version(headers)).toBe('2.0.0')
    },
    { ...SECOND_ONLY, note: 'stricter: at least two requests, with `protobuf_message = "auto"`' },
  ),
]
