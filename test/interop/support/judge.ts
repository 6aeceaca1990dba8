/** One process of test/interop/judge: Prometheus's own receiver of remote_write, over its own TSDB. */
import { type Running, start } from '../../e2e/support/processes.ts'
import { until } from '../../e2e/support/until.ts'

/** What Prometheus's code read in a request; numbers are text as Go writes it. */
export interface JudgedRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly status: number
  readonly answer: string
  readonly written: Readonly<Record<string, string>>
  /** Why it can't be decoded. */
  readonly error?: string
  readonly series?: readonly JudgedSeries[]
  /** Of 1.0. */
  readonly metadata?: readonly JudgedFamily[]
}

export interface JudgedFamily {
  readonly family: string
  readonly type: string
  readonly help: string
  readonly unit: string
}

export interface JudgedSeries {
  readonly labels: Readonly<Record<string, string>>
  /** Of 2.0. */
  readonly metadata: JudgedFamily | null
  readonly samples: readonly JudgedSample[] | null
  readonly histograms: readonly JudgedHistogram[] | null
  readonly exemplars: readonly JudgedExemplar[] | null
}

export interface JudgedSample {
  readonly value: string
  readonly bits: string
  readonly timestamp: number
  /** 0 when there is none. */
  readonly start: number
}

export interface JudgedHistogram {
  readonly timestamp: number
  readonly start: number
  readonly float: boolean
  readonly schema: number
  readonly zeroThreshold: string
  readonly zeroCount: string
  readonly count: string
  readonly sum: string
  readonly resetHint: number
  /** `lower..upper count` of each bucket that is not empty. */
  readonly buckets: readonly string[] | null
  readonly customValues: readonly string[] | null
  readonly invalid: string
}

export interface JudgedExemplar {
  readonly labels: Readonly<Record<string, string>>
  readonly value: string
  readonly timestamp: number
}

export interface Judge extends Running {
  readonly url: string
  /** In the order in which they were answered. */
  readonly requests: readonly JudgedRequest[]
  /** All series of this name in all requests. */
  series(name: string): readonly JudgedSeries[]
}

type Line = { readonly event: 'listening'; readonly addr: string } | ({ readonly event: 'request' } & JudgedRequest)

export async function startJudge(program: string): Promise<Judge> {
  const requests: JudgedRequest[] = []
  let address: string | undefined
  const child = start(program, [], {
    onLine(text) {
      const line = JSON.parse(text) as Line
      if (line.event === 'listening') address = line.addr
      else requests.push(line)
    },
  })
  const listening = await until('the judge to listen', undefined, () => address)
  return {
    ...child,
    url: `http://${listening}/api/v1/write`,
    requests,
    series: (name) => requests.flatMap(({ series = [] }) => series.filter(({ labels }) => labels['__name__'] === name)),
  }
}
