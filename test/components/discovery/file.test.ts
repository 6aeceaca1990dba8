import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../world.ts'

let world: World
beforeEach(() => {
  world = createWorld()
})
afterEach(() => world.stop())

const targets = (): unknown => world.exported('discovery.file.a', 'targets')

describe('discovery.file', () => {
  it('exports the targets of its files as they change', async () => {
    world.files.put('/sd/a.yml', '- targets: [a:1]\n')
    await world.load('discovery.file "a" {\n files = ["/sd/*.yml"]\n}')
    await world.clock.settle()
    expect(targets()).toEqual([{ __address__: 'a:1', __meta_filepath: '/sd/a.yml' }])
    world.files.put('/sd/b.yml', '- targets: [b:1]\n')
    await world.clock.advance(5_000)
    expect(targets()).toMatchObject([{ __address__: 'a:1' }, { __address__: 'b:1' }])
    world.files.put('/sd/a.yml', '- target: [a:1]\n')
    await world.clock.advance(5_000)
    expect(targets()).toMatchObject([{ __address__: 'a:1' }, { __address__: 'b:1' }])
    expect(world.graph.component('discovery.file.a')?.health).toMatchObject({
      state: 'unhealthy',
      message: '/sd/a.yml:1: unknown field "target"; a group of targets has targets and labels',
    })
    world.files.putUnnoticed('/sd/a.yml', undefined)
    await world.clock.advance(300_000)
    expect(targets()).toMatchObject([{ __address__: 'b:1' }])
    expect(world.graph.component('discovery.file.a')?.health.state).toBe('healthy')
  })

  it.each([
    ['files = ["/sd/*/a.yml"]', 'path name "/sd/*/a.yml" is not valid for file discovery'],
    ['files = ["a.yml", "a.txt"]', 'path name "a.txt" is not valid for file discovery'],
    ['files = []\n refresh_interval = "0s"', 'refresh_interval must be greater than 0'],
  ])('refuses %s', async (body, problem) => {
    expect((await world.problems(`discovery.file "a" {\n ${body}\n}`)).join('\n')).toContain(problem)
  })
})
