import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AgentWorld, createAgentWorld, probe } from './agent-world.ts'

const IMPORT = 'import.file "lib" { filename = "/etc/lib.alloy" }\nlib.probe "x" { }\n'

let world: AgentWorld

beforeEach(() => {
  world = createAgentWorld()
})

afterEach(() => world.stop())

describe('import.file', () => {
  it('brings modules from a file and follows its changes', async () => {
    world.files.put('/etc/lib.alloy', probe('one'))
    expect(await world.load(IMPORT)).toBe('')
    expect(await world.scraped()).toEqual(['one'])
    world.files.put('/etc/lib.alloy', probe('two'))
    expect(await world.scraped()).toEqual(['two'])
  })

  it('notices what nobody told it of by reading again', async () => {
    world.files.put('/etc/lib.alloy', probe('one'))
    const polling = IMPORT.replace('{ filename', '{\ndetector = "poll"\npoll_frequency = "20s"\nfilename').replace(
      'alloy" }',
      'alloy"\n}',
    )
    expect(await world.load(polling)).toBe('')
    expect(world.files.watched).not.toContain('/etc/lib.alloy')
    world.files.putUnnoticed('/etc/lib.alloy', probe('two'))
    await world.clock.advance(20_000)
    expect(await world.scraped()).toEqual(['two'])
  })

  it('that is removed leaves its modules, and is unhealthy until it is back', async () => {
    world.files.put('/etc/lib.alloy', probe('one'))
    await world.load(IMPORT)
    world.files.put('/etc/lib.alloy', undefined)
    expect(await world.scraped()).toEqual(['one'])
    expect(await world.healthy()).toMatch(/import\.file\.lib.*the last content stays.*no such file/s)
    expect(world.log.messages().filter((line) => line.includes('failed to read a module'))).toHaveLength(1)
    world.files.put('/etc/lib.alloy', probe('one'))
    await world.clock.advance(1_000)
    expect(await world.healthy()).toContain('All skein components are healthy')
  })

  it('whose new content is wrong leaves its modules', async () => {
    world.files.put('/etc/lib.alloy', probe('one'))
    await world.load(IMPORT)
    for (const wrong of [
      probe('two').replace('10s', 'soon'),
      'declare "probe" {',
      probe('two').replace('probe', 'pr'),
    ]) {
      world.files.put('/etc/lib.alloy', wrong)
      expect(await world.scraped()).toEqual(['one'])
      expect(await world.healthy()).toContain('import.file.lib')
    }
    world.files.put('/etc/lib.alloy', probe('three'))
    expect(await world.scraped()).toEqual(['three'])
    expect(await world.healthy()).toContain('All skein components are healthy')
  })

  it('of a directory takes all its files, also those that come and go', async () => {
    world.files.put('/etc/lib/a.alloy', probe('one'))
    world.files.put('/etc/lib/b.alloy', 'declare "other" { }')
    world.files.put('/etc/lib/c.txt', 'no module')
    const text = 'import.file "lib" { filename = "/etc/lib" }\nlib.probe "x" { }\n'
    expect(await world.load(`${text}lib.other { }`)).toBe('')
    world.files.put('/etc/lib/b.alloy', undefined)
    expect(await world.scraped()).toEqual(['one'])
    expect(await world.healthy()).toContain('cannot find the definition of component name "lib.other"')
    expect(await world.load(text)).toBe('')
    expect(await world.healthy()).toContain('All skein components are healthy')
  })

  it('is found beside the module that imports it, once for each instance', async () => {
    world.files.put(
      '/etc/mods/main.alloy',
      'import.file "in" { filename = module_path + "/in.alloy" }\ndeclare "m" { in.probe "p" { } }',
    )
    world.files.put('/etc/mods/in.alloy', probe('one'))
    world.files.put('/etc/mods/two.alloy', probe('two'))
    world.files.put('/etc/mods/three.alloy', probe('three'))
    const text = `import.file "mods" { filename = "/etc/mods/main.alloy" }
mods.m "x" { }
declare "chosen" {
  argument "file" { }
  import.file "its" { filename = argument.file.value }
  its.probe "p" { }
}
chosen "a" { file = "/etc/mods/two.alloy" }
chosen "b" { file = "/etc/mods/three.alloy" }`
    expect(await world.load(text)).toBe('')
    expect(await world.scraped()).toEqual(['one', 'three', 'two'])
    world.files.put('/etc/mods/two.alloy', probe('one'))
    expect(await world.scraped()).toEqual(['one', 'three'])
  })

  it('that can not be read fails the load', async () => {
    expect(await world.load(IMPORT)).toContain("failed to load module: can't read the module /etc/lib.alloy")
  })

  it('looks after nothing any more when it is gone', async () => {
    world.files.put('/etc/lib.alloy', probe('one'))
    await world.load(IMPORT)
    expect(world.files.watched).toEqual(['/etc/lib.alloy'])
    await world.load('')
    expect(world.files.watched).toEqual([])
    expect(await world.scraped()).toEqual([])
  })
})
