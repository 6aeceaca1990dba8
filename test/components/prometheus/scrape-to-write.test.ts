/** All that a target says of its series, on its way through the real components to a receiver of remote_write 2.0. */
import { describe, expect, it } from 'vitest'
import { protobufOf } from '../../scrape/random-exporter.ts'
import { type DecodedSecondRequest, decodeSecondRequest, type WholeSeries } from '../../support/remote-write-decoder.ts'
import { answer } from '../fake-ports.ts'
import { createWorld, type World } from '../world.ts'

const MINUTE = 60_000
const PROTOBUF = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited'

interface Shown {
  body: string | Uint8Array
  contentType: string
}

interface Pipeline {
  readonly world: World
  /** What was received since the last look, by name of the series. */
  received(): ReadonlyMap<string, WholeSeries>
}

async function pipeline(shown: Shown, args: string, relabelled = false): Promise<Pipeline> {
  const world = createWorld()
  const written: DecodedSecondRequest[] = []
  world.hosts.set('app', () => {
    const { body, contentType } = shown
    const sent = answer('', { 'content-type': contentType })
    return { ...sent, body: typeof body === 'string' ? new TextEncoder().encode(body) : body }
  })
  world.hosts.set('store', (request) => {
    const decoded = decodeSecondRequest((request.body as Uint8Array).slice())
    written.push(decoded)
    const count = (of: (series: WholeSeries) => number): string =>
      String(decoded.series.reduce((sum, series) => sum + of(series), 0))
    return answer(
      '',
      {
        'x-prometheus-remote-write-samples-written': count(({ samples }) => samples.length),
        'x-prometheus-remote-write-histograms-written': count(({ histograms }) => histograms.length),
        'x-prometheus-remote-write-exemplars-written': count(({ exemplars }) => exemplars.length),
      },
      204,
    )
  })
  const loaded = await world.load(`
prometheus.scrape "default" {
  targets = [{ "__address__" = "app:80" }]
  forward_to = [${relabelled ? 'prometheus.relabel.default.receiver' : 'prometheus.remote_write.default.receiver'}]
  ${args}
}
prometheus.relabel "default" {
  forward_to = [prometheus.remote_write.default.receiver]
  rule {
    target_label = "team"
    replacement = "x"
  }
}
prometheus.remote_write "default" {
  endpoint {
    url = "http://store/push"
    protobuf_message = "io.prometheus.write.v2.Request"
    send_native_histograms = true
  }
}
`)
  if (!loaded.ok) throw new Error(loaded.text)
  return {
    world,
    received() {
      const all = new Map<string, WholeSeries>()
      for (const series of written.splice(0).flatMap((request) => request.series)) {
        const name = series.labels.get('__name__') ?? ''
        all.set(name, { ...series, samples: [...(all.get(name)?.samples ?? []), ...series.samples] })
      }
      return all
    },
  }
}

const OPENMETRICS = (value: number, help = 'How many.'): string => `# HELP jobs ${help}
# TYPE jobs counter
jobs_total ${value} # {trace="${value}"} 1
jobs_created 1
# TYPE load gauge
load 5
# EOF
`

describe.each([false, true])('what a target says (through prometheus.relabel: %s)', (relabelled) => {
  it('arrives: families, starts, exemplars', async () => {
    const shown: Shown = { body: OPENMETRICS(3), contentType: 'application/openmetrics-text' }
    const { world, received } = await pipeline(shown, '', relabelled)
    await world.clock.advance(MINUTE + 6000)
    const first = received()
    const jobs = first.get('jobs_total')
    expect(jobs?.labels.get('team')).toBe(relabelled ? 'x' : undefined)
    expect(jobs?.description).toEqual({ type: 1, help: 'How many.', unit: '' })
    expect(jobs?.samples.map(({ value, start }) => [value, start])).toEqual([[3, 1000]])
    const timestamp = jobs?.samples[0].timestamp
    expect(jobs?.exemplars).toEqual([{ labels: new Map([['trace', '3']]), value: 1, timestamp }])
    expect(first.get('load')?.description).toMatchObject({ type: 2 })
    expect(first.get('load')?.samples[0].start ?? 0).toBe(0)

    // Another help text is told, the same exemplar is not.
    shown.body = OPENMETRICS(3, 'How many there were.')
    await world.clock.advance(MINUTE)
    const second = received().get('jobs_total')
    expect(second?.description?.help).toBe('How many there were.')
    expect(second?.exemplars).toEqual([])
    await world.stop()
  })

  it('arrives: native histograms', async () => {
    const metric = { label: 'x', value: 7, created: 5, exemplar: undefined }
    const family = { name: 'took', type: 'histogram', help: 'Time.', metrics: [metric] } as const
    const shown: Shown = { body: protobufOf([family], true), contentType: PROTOBUF }
    const { world, received } = await pipeline(shown, 'scrape_native_histograms = true', relabelled)
    await world.clock.advance(MINUTE + 6000)
    const took = received().get('took')
    expect(took?.description).toEqual({ type: 3, help: 'Time.', unit: '' })
    expect(took?.samples).toEqual([])
    expect(took?.histograms).toHaveLength(1)
    expect(took?.histograms[0]).toMatchObject({ schema: 0, start: 5000 })
    // It goes, and its marker is told from a number that is none.
    shown.body = new Uint8Array(0)
    await world.clock.advance(MINUTE)
    expect([...received().keys()]).toContain('took')
    await world.stop()
  })
})

describe('on request', () => {
  it('a zero goes where counting began, and what says so goes nowhere', async () => {
    const shown: Shown = { body: OPENMETRICS(3), contentType: 'application/openmetrics-text' }
    const { world, received } = await pipeline(shown, 'start_timestamp_zero_ingestion = true')
    await world.clock.advance(MINUTE + 6000)
    const first = received()
    expect(first.get('jobs_created')).toBeUndefined()
    expect(first.get('scrape_samples_scraped')?.samples[0].value).toBe(2)
    expect(first.get('jobs_total')?.samples.map(({ value, timestamp }) => [value, timestamp > 1000])).toEqual([
      [0, false],
      [3, true],
    ])
    const began = Math.floor(world.clock.now() / 1000)
    shown.body = OPENMETRICS(4).replace('jobs_created 1', `jobs_created ${began}`)
    await world.clock.advance(MINUTE)
    const second = received().get('jobs_total')?.samples
    expect(second?.map(({ value }) => value)).toEqual([0, 4])
    expect(second?.[0].timestamp).toBe(began * 1000)
    await world.stop()
  })

  it('metadata stays behind, or becomes labels', async () => {
    const shown: Shown = { body: OPENMETRICS(3), contentType: 'application/openmetrics-text' }
    const without = await pipeline(shown, 'honor_metadata = false')
    await without.world.clock.advance(MINUTE + 6000)
    expect(without.received().get('jobs_total')?.description).toSatisfy(
      (about: WholeSeries['description']) => about === undefined || (about.type === 0 && about.help === ''),
    )
    await without.world.stop()
    const labelled = await pipeline(shown, 'enable_type_and_unit_labels = true')
    await labelled.world.clock.advance(MINUTE + 6000)
    expect(labelled.received().get('jobs_total')?.labels.get('__type__')).toBe('counter')
    await labelled.world.stop()
  })
})

describe('too many buckets', () => {
  it('fail the scrape where they can not be merged, and are counted', async () => {
    const body =
      '# TYPE a histogram\na_bucket{le="1"} 1\na_bucket{le="2"} 2\na_bucket{le="+Inf"} 3\na_count 3\na_sum 4\n'
    const shown: Shown = { body, contentType: 'text/plain' }
    const args = 'convert_classic_histograms_to_nhcb = true\nnative_histogram_bucket_limit = 2'
    const { world, received } = await pipeline(shown, args)
    await world.clock.advance(MINUTE + 6000)
    expect(received().get('up')?.samples[0].value).toBe(0)
    expect(world.metric('prometheus_target_scrapes_exceeded_native_histogram_bucket_limit_total')).toBe(1)
    shown.body = body.replace('a_bucket{le="2"} 2\n', '')
    await world.clock.advance(MINUTE)
    const after = received()
    expect(after.get('up')?.samples[0].value).toBe(1)
    expect(after.get('a')?.histograms[0].customValues).toEqual([1])
    await world.stop()
  })
})
