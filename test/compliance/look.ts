/** How cases look at what arrived; each function fails the case when what it looks for isn't there. */
import { expect } from 'vitest'
import { STALE_BITS } from '../support/remote-write-decoder.ts'
import type { Captured, Outcome } from './outcome.ts'
import type { WireRequest, WireSample, WireSeries } from './wire.ts'

export function last(outcome: Outcome): WireRequest {
  return (outcome.requests[outcome.requests.length - 1] as Captured).message as WireRequest
}

export function first(outcome: Outcome): WireRequest {
  return outcome.requests[0].message as WireRequest
}

/** In 1.0, metadata may come by itself. */
export function lastWithSeries(outcome: Outcome): WireRequest {
  const found = outcome.requests.findLast(({ message }) => message !== undefined && message.series.length > 0)
  if (found?.message === undefined) expect.fail('no request has series')
  return found.message
}

/** Values of 2xx, in the order of arrival. */
export function delivered(outcome: Outcome): WireSeries[] {
  return outcome.requests
    .filter(({ status = 0 }) => status >= 200 && status < 300)
    .flatMap(({ message }) => message?.series ?? [])
}

export type Labels = Readonly<Record<string, string>>

export function labelsOf(series: WireSeries): Labels {
  return Object.fromEntries(series.labels)
}

export function nameOf(series: WireSeries): string {
  return labelsOf(series)['__name__'] ?? ''
}

export function named(series: readonly WireSeries[], name: string, labels: Labels = {}): WireSeries[] {
  return series.filter((one) => {
    const found = labelsOf(one)
    return found['__name__'] === name && Object.entries(labels).every(([key, value]) => found[key] === value)
  })
}

/** The first one of that name and with these labels. */
export function one(request: WireRequest, name: string, labels: Labels = {}): WireSeries {
  const [found] = named(request.series, name, labels)
  if (found === undefined) {
    expect.fail(`no ${name} ${JSON.stringify(labels)} among ${[...new Set(request.series.map(nameOf))].join(', ')}`)
  }
  return found
}

/** Samples that are no staleness markers. */
export function values(series: readonly WireSeries[]): number[] {
  return samples(series).map(({ value }) => value)
}

export function samples(series: readonly WireSeries[]): WireSample[] {
  return series.flatMap(({ samples }) => samples).filter(({ bits }) => bits !== STALE_BITS)
}

export function valueIn(request: WireRequest, name: string, labels: Labels = {}): number {
  const { samples } = one(request, name, labels)
  expect(samples.length, `samples of ${name}`).toBeGreaterThan(0)
  return samples[0].value
}

export function names(request: WireRequest): string[] {
  return [...new Set(request.series.map(nameOf))]
}

/** Distinct label sets. */
export function distinct(series: readonly WireSeries[]): number {
  return new Set(series.map(({ labels }) => JSON.stringify(labels))).size
}

/** What stands for one attempt to send the same: the timestamps of its samples by series. */
export function contents(request: Captured): string {
  const series = request.message?.series ?? []
  return JSON.stringify(series.map(({ labels, samples }) => [labels, samples.map(({ timestamp }) => timestamp)]))
}

/** Sum of a metric of the sender itself; undefined when it has no such metric. */
export function own(outcome: Outcome, name: string): number | undefined {
  const lines = outcome.metrics.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  return lines.length === 0
    ? undefined
    : lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}
