import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AgentWorld, createAgentWorld, probe } from './agent-world.ts'

const FROM_FILE = `
local.file "lib" {
  filename  = "/etc/lib"
  is_secret = SECRET
}
import.string "lib" { content = local.file.lib.content }
lib.probe "x" { }
`

let world: AgentWorld

beforeEach(() => {
  world = createAgentWorld()
})

afterEach(() => world.stop())

describe('import.string', () => {
  it('brings modules from a text', async () => {
    expect(
      await world.load(`import.string "lib" { content = ${JSON.stringify(probe('one'))} }\nlib.probe "x" { }`),
    ).toBe('')
    expect(await world.scraped()).toEqual(['one'])
  })

  it('follows the component that the text comes from', async () => {
    world.files.put('/etc/lib', probe('one'))
    expect(await world.load(FROM_FILE.replace('SECRET', 'false'))).toBe('')
    world.files.put('/etc/lib', probe('two'))
    expect(await world.scraped()).toEqual(['two'])
    world.files.put('/etc/lib', 'declare "probe" { }}')
    expect(await world.scraped()).toEqual(['two'])
    expect(await world.healthy()).toMatch(/import\.string\.lib.*the last content stays/s)
    world.files.put('/etc/lib', probe('three'))
    expect(await world.scraped()).toEqual(['three'])
    expect(await world.healthy()).toContain('All skein components are healthy')
  })

  it('shows nothing of a secret text, whatever is wrong with it', async () => {
    const text = FROM_FILE.replace('SECRET', 'true')
    const wrong = probe('one').replace('[]', '"hunter2"')
    world.files.put('/etc/lib', wrong)
    const told = await world.load(text)
    expect(told).toContain('import.string.lib:4:')
    expect(told).not.toContain('hunter2')
    world.files.put('/etc/lib', probe('one'))
    expect(await world.load(text)).toBe('')
    world.files.put('/etc/lib', wrong)
    expect(await world.scraped()).toEqual(['one'])
    expect(await world.healthy()).toContain('import.string.lib')
    expect(`${await world.healthy()}${world.log.lines.join()}`).not.toContain('hunter2')
  })
})
