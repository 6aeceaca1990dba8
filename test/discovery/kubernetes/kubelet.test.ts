import { expect, it } from 'vitest'
import { kubeletDiscovery } from '../../../core/discovery/kubernetes/kubelet.ts'
import { answer } from '../../components/fake-ports.ts'
import { fakeSurroundings, look } from '../looking.ts'
import { POD } from './groups.ts'

it('makes targets of a kubelet in small steps, which leave the event loop to others', async () => {
  const surroundings = fakeSurroundings()
  const { slices, fakes } = surroundings
  let steps = 0
  function* counted<T>(work: Generator<unknown, T>): Generator<unknown, T> {
    for (;;) {
      const { done, value } = work.next()
      if (done) return value
      steps++
      yield
    }
  }
  const metadata = { namespace: 'shop' }
  const items = Array.from({ length: 300 }, (_, i) => ({
    ...(POD as object),
    metadata: { ...metadata, name: `pod-${i}` },
  }))
  fakes.hosts.set('node:10250', () => answer(JSON.stringify({ items })))
  const run = look(
    kubeletDiscovery(
      { url: 'https://node:10250/', outbound: {}, namespaces: [], refreshMs: 5_000 },
      { ...surroundings, slices: { run: (work) => slices.run(counted(work)) } },
    ),
  )
  await fakes.clock.settle()
  expect((await run.nth(0)).groups).toHaveLength(300)
  expect(steps).toBeGreaterThanOrEqual(300)
  await run.stop()
})
