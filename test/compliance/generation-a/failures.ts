/** Receivers that refuse, fail, or are no receivers at all. */
import { expect } from 'vitest'
import { type Case, casesOf, exposing, type Level, PLAIN } from '../case.ts'
import { contents, first, valueIn } from '../look.ts'
import type { Outcome } from '../outcome.ts'
import type { Answer, Scenario } from '../scenario.ts'

const retry = casesOf('TestRetryBehavior')
const backoff = casesOf('TestBackoffBehavior')
const errors = casesOf('TestErrorHandling')
const network = casesOf('TestNetworkErrors')

function answered(answer: Answer, seconds: number): Scenario {
  return { ...PLAIN, receive: { always: answer }, seconds }
}

function refusing(level: Level, status: number): Case {
  const name = `no_retry_on_${status}`
  const check = (outcome: Outcome): void => {
    expect(outcome.requests.length).toBeLessThanOrEqual(2)
    expectNothingTwice(outcome)
  }
  const note = 'stricter: nothing is sent twice, nor called a retry'
  return retry(level, name, answered({ status, body: `refused with ${status}` }, 8), check, { note })
}

export function expectNothingTwice({ requests }: Outcome): void {
  expect(new Set(requests.map(contents)).size).toBe(requests.length)
  expect(requests.filter(({ headers }) => headers['retry-attempt'] !== undefined)).toHaveLength(0)
}

function failing(level: Level, status: number): Case {
  const scenario = answered({ status, body: `failed with ${status}` }, 8)
  return retry(level, `retry_on_${status}`, scenario, (outcome) => expectRetries(outcome, 2), {
    note: 'stricter: the same is really sent again, byte for byte',
  })
}

/** The first request, which holds what was scraped, comes again at least so often. */
function expectRetries(outcome: Outcome, times: number): void {
  const { requests } = outcome
  expect(valueIn(first(outcome), 'test_metric')).toBe(42)
  const again = requests.slice(1).filter(({ body }) => Buffer.compare(body, requests[0].body) === 0)
  expect(again.length).toBeGreaterThanOrEqual(times)
}

function gaps({ requests }: Outcome): number[] {
  return requests.slice(1).map(({ at }, i) => at - requests[i].at)
}

const NOISE_MS = 250
const UNAVAILABLE = answered({ status: 503, body: 'Service unavailable' }, 20)
const SURVIVES = 'stricter: it goes on scraping until it is told to stop, and ends with exit code 0'

/** It goes on scraping once a second to the end. */
function expectAlive({ scrapes, stoppedAt }: Outcome): void {
  expect(scrapes.length).toBeGreaterThanOrEqual(3)
  expect(stoppedAt - scrapes[scrapes.length - 1]).toBeLessThan(3000)
}

function erring(level: Level, name: string, answer: Answer, check: (outcome: Outcome) => void, note = SURVIVES): Case {
  const both = (outcome: Outcome): void => {
    expectAlive(outcome)
    check(outcome)
  }
  return errors(level, name, answered(answer, 8), both, { note })
}

function expectSome({ requests }: Outcome): void {
  expect(requests.length).toBeGreaterThan(0)
}

export const FAILURES: readonly Case[] = [
  refusing('MUST', 400),
  refusing('MUST', 401),
  refusing('MUST', 404),
  retry(
    'MAY',
    'may_retry_on_429',
    answered({ status: 429, headers: { 'Retry-After': '1' }, body: 'Too many requests' }, 8),
    (outcome) => {
      expectRetries(outcome, 1)
      expect(gaps(outcome)[0]).toBeGreaterThanOrEqual(999)
    },
    { note: 'stricter: it retries, and not before Retry-After' },
  ),
  failing('MUST', 500),
  failing('MUST', 503),
  failing('SHOULD', 502),
  failing('SHOULD', 504),
  refusing('SHOULD', 413),
  backoff(
    'SHOULD',
    'exponential_backoff_on_retries',
    UNAVAILABLE,
    (outcome) => {
      expect(outcome.requests.length).toBeGreaterThanOrEqual(3)
      const found = gaps(outcome)
      for (const [i, gap] of found.slice(1).entries()) {
        if (found[i] < NOISE_MS) continue
        expect(gap / found[i], `gaps in ms: ${found.join(', ')}`).toBeGreaterThanOrEqual(0.8)
      }
      expect(Math.max(...found)).toBeGreaterThan(4 * NOISE_MS)
    },
    {
      note: 'gaps below 250 ms are not compared, for a busy machine moves them; stricter: they grow to more than a second',
    },
  ),
  backoff('MUST', 'backoff_required', UNAVAILABLE, (outcome) => {
    expect(outcome.requests.length).toBeGreaterThanOrEqual(2)
    for (const gap of gaps(outcome)) expect(gap).toBeGreaterThanOrEqual(1)
  }),
  backoff(
    'SHOULD',
    'backoff_max_delay',
    answered({ status: 502, body: 'Bad gateway' }, 20),
    (outcome) => {
      expectRetries(outcome, 2)
      for (const gap of gaps(outcome)) expect(gap).toBeLessThanOrEqual(60_000)
    },
    { note: 'stricter: it retries' },
  ),
  backoff(
    'RECOMMENDED',
    'backoff_with_jitter',
    UNAVAILABLE,
    (outcome) => {
      expect(outcome.requests.length).toBeGreaterThanOrEqual(3)
      // Doubled exactly, all ratios would be 2 but for a few milliseconds of the way there.
      const late = gaps(outcome).filter((gap) => gap > 200)
      const ratios = late.slice(1).map((gap, i) => gap / late[i])
      expect(Math.max(...ratios.map((ratio) => Math.abs(ratio - 2)))).toBeGreaterThan(0.01)
    },
    { note: 'stricter: the gaps are not doubled exactly' },
  ),
  errors(
    'SHOULD',
    'handle_connection_refused',
    exposing('test_metric 42\n', { seconds: 8, elsewhere: 'http://closed/' }),
    expectAlive,
    { note: SURVIVES },
  ),
  erring('SHOULD', 'handle_timeout', 'hang', expectSome),
  erring('SHOULD', 'handle_partial_write', 'cut', expectSome, `${SURVIVES}; the body ends before its length`),
  erring('SHOULD', 'handle_malformed_response', 'garbage', expectSome, `${SURVIVES}; the answer is no HTTP at all`),
  erring('MUST', 'sender_continues_after_errors', { status: 500, body: 'Internal server error' }, (outcome) =>
    expectRetries(outcome, 2),
  ),
  erring('SHOULD', 'handle_invalid_status_code', { status: 999 }, expectSome),
  erring('SHOULD', 'handle_empty_response', { status: 200, written: 'none' }, expectSome),
  erring('SHOULD', 'handle_large_error_response', { status: 400, body: 'x'.repeat(2 ** 20) }, (outcome) => {
    expectNothingTwice(outcome)
    expect(outcome.output.length).toBeLessThan(2 ** 18)
  }),
  network(
    'SHOULD',
    'dns_resolution_failure',
    exposing('test_metric 42\n', { seconds: 5, elsewhere: 'http://nonexistent.invalid.domain:9999/api/v1/write' }),
    expectAlive,
    { note: SURVIVES },
  ),
  network(
    'SHOULD',
    'invalid_url_scheme',
    exposing('test_metric 42\n', { seconds: 5, elsewhere: 'invalid://localhost:9999' }),
    ({ exit, output, requests }) => {
      expect(exit.signal).toBeNull()
      expect(requests).toEqual([])
      expect(output).toMatch(/url|scheme|protocol/i)
    },
    { note: 'stricter: it says what is wrong with the URL, at its start or in its log' },
  ),
]
