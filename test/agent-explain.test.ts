/** What an agent says of a target goes back to where it was discovered, through modules as well. */
import { expect, it } from 'vitest'
import type { ExplainAnswer } from '../core/api/targets.ts'
import { createWholeAgent } from './components/whole-agent.ts'

const CONFIG = `
declare "scraping" {
  argument "targets" {}

  discovery.relabel "inside" {
    targets = argument.targets.value

    rule {
      source_labels = ["env"]
      regex         = "test"
      action        = "drop"
    }

    rule {
      target_label = "team"
      replacement  = "shop"
    }
  }

  prometheus.scrape "jobs" {
    targets    = discovery.relabel.inside.output
    forward_to = []
  }
}

discovery.relabel "outside" {
  targets = [
    { __address__ = "one:80", __meta_env = "live" },
    { __address__ = "two:80", __meta_env = "test" },
  ]

  rule {
    source_labels = ["__meta_env"]
    target_label  = "env"
  }
}

scraping "shop" {
  targets = discovery.relabel.outside.output
}
`

it('explains relabelling from the first component to the last', async () => {
  const { agent, clock, load, stop } = createWholeAgent()
  async function explain(search: string): Promise<ExplainAnswer> {
    const response = agent.fetch(new Request(`http://x/api/v1/explain?search=${search}`))
    await clock.settle()
    return (await (await response).json()) as ExplainAnswer
  }
  try {
    expect(await load(CONFIG)).toBe('')
    agent.start()
    await clock.settle()

    const one = await explain('one:80')
    if (one.found !== 'one') throw new Error(`found ${one.found}`)
    const { relabelling, target, reason } = one.explanation
    expect(reason).toBe('not-clustered')
    expect(relabelling.map(({ component }) => component)).toEqual([
      'discovery.relabel.outside',
      'scraping.shop/discovery.relabel.inside',
      'scraping.shop/prometheus.scrape.jobs',
    ])
    expect(relabelling[0].input).toEqual({ __address__: 'one:80', __meta_env: 'live' })
    expect(relabelling[0].steps[0].changes).toEqual([{ label: 'env', before: null, after: 'live' }])
    expect(relabelling[2].output).toEqual(target.labels)
    expect(target.labels).toMatchObject({ env: 'live', team: 'shop', instance: 'one:80' })

    const two = await explain('two:80')
    if (two.found !== 'none') throw new Error(`found ${two.found}`)
    expect(two.dropped).toHaveLength(1)
    expect(two.dropped[0].stages.at(-1)).toMatchObject({
      component: 'scraping.shop/discovery.relabel.inside',
      output: null,
      steps: [{ dropped: true }],
    })
  } finally {
    await stop()
  }
})
