import { describe, expect, it } from 'vitest'
import { createWorld, type World } from '../world.ts'

const ID = 'local.file.default'

function config(args = ''): string {
  return `local.file "default" {\n  filename = "/etc/word"\n  ${args}\n}`
}

async function fileWorld(args = '', content = 'first'): Promise<World> {
  const world = createWorld()
  world.files.put('/etc/word', content)
  const loaded = await world.load(config(args))
  if (!loaded.ok) throw new Error(loaded.text)
  await world.clock.advance(0)
  return world
}

function content(world: World): unknown {
  return world.exported(ID, 'content')
}

function health(world: World): unknown {
  return world.graph.component(ID)?.health
}

describe('local.file', () => {
  it('exports the content as it is', async () => {
    const world = await fileWorld('', ' first\n')
    expect(content(world)).toBe(' first\n')
    await world.stop()
  })

  it('hides a secret, which goes where secrets go and nowhere else', async () => {
    const world = await fileWorld('is_secret = true', 'hush')
    expect(content(world)).toBe('(secret)')
    expect(JSON.stringify(world.graph.component(ID))).not.toContain('hush')
    const scrape = (argument: string): string =>
      `prometheus.scrape "a" {\ntargets = []\nforward_to = []\n${argument}\n}\n${config('is_secret = true')}`
    expect((await world.load(scrape('bearer_token = local.file.default.content'))).ok).toBe(true)
    expect(await world.problems(scrape('job_name = local.file.default.content'))).toEqual([
      expect.stringContaining('4:12: local.file.default.content secrets may not be converted into strings'),
    ])
    await world.stop()
  })

  it('notices a change at once when the system tells', async () => {
    const world = await fileWorld()
    expect(world.files.watched).toEqual(['/etc/word'])
    world.files.put('/etc/word', 'second')
    await world.clock.advance(100)
    expect(content(world)).toBe('second')
    await world.stop()
    expect(world.files.watched).toEqual([])
    await world.clock.advance(120_000)
    expect(world.clock.pending).toBe(0)
  })

  it('reads a file that never stops changing', async () => {
    const world = await fileWorld()
    for (let i = 0; i < 20; i++) {
      world.files.put('/etc/word', `word ${i}`)
      await world.clock.advance(40)
    }
    expect(content(world)).toMatch(/word 1\d/)
    await world.stop()
  })

  it.each(['', 'detector = "poll"\npoll_frequency = "60s"'])('notices a change by reading again: %s', async (args) => {
    const world = await fileWorld(args)
    world.files.putUnnoticed('/etc/word', 'second')
    await world.clock.advance(59_000)
    expect(content(world)).toBe('first')
    await world.clock.advance(2_000)
    expect(content(world)).toBe('second')
    world.files.putUnnoticed('/etc/word', 'third')
    await world.clock.advance(60_000)
    expect(content(world)).toBe('third')
    await world.stop()
  })

  it('does not watch when it is told to poll', async () => {
    const world = await fileWorld('detector = "poll"\npoll_frequency = "1s"')
    expect(world.files.watched).toEqual([])
    world.files.putUnnoticed('/etc/word', 'second')
    await world.clock.advance(1_000)
    expect(content(world)).toBe('second')
    expect((await world.load(config('detector = "fsnotify"'))).ok).toBe(true)
    expect(world.files.watched).toEqual(['/etc/word'])
    await world.stop()
  })

  it('keeps the last content while the file cannot be read, and says so', async () => {
    const world = await fileWorld()
    expect(health(world)).toMatchObject({ state: 'healthy' })
    world.files.put('/etc/word', undefined)
    await world.clock.advance(100)
    expect(content(world)).toBe('first')
    const message = expect.stringContaining('failed to read file: ENOENT')
    expect(health(world)).toMatchObject({ state: 'unhealthy', message })
    world.files.put('/etc/word', 'back')
    await world.clock.advance(100)
    expect(content(world)).toBe('back')
    expect(health(world)).toMatchObject({ state: 'healthy' })
    await world.stop()
  })

  it('is healthy again as soon as it is given a file that can be read', async () => {
    const world = await fileWorld()
    world.files.put('/etc/word', undefined)
    await world.clock.advance(100)
    world.files.put('/etc/other', 'other')
    expect((await world.load(config().replace('word', 'other'))).ok).toBe(true)
    expect(content(world)).toBe('other')
    expect(health(world)).toMatchObject({ state: 'healthy' })
    expect(world.files.watched).toEqual(['/etc/other'])
    await world.stop()
  })

  it.each<[args: string, problem: string]>([
    ['filename = ""', '1:24: filename must not be empty'],
    ['filename = "/etc/word"\npoll_frequency = "0s"', '2:1: poll_frequency must be greater than 0'],
    ['filename = "/etc/word"\ndetector = "guess"', '2:12: "guess" should be one of "fsnotify", "poll"'],
    ['filename = "/etc/word"', "1:1: failed to read file: ENOENT: no such file or directory, open '/etc/word'"],
  ])('refuses %s', async (args, problem) => {
    expect(await createWorld().problems(`local.file "default" { ${args}\n}`)).toEqual([problem])
  })

  it('refuses what is not text', async () => {
    const world = await fileWorld()
    const readSync = world.files.readSync
    Object.assign(world.files, { readSync: (path: string) => (path === '/bin' ? Uint8Array.of(0xff) : readSync(path)) })
    expect(await world.problems('local.file "default" { filename = "/bin" }')).toEqual([
      expect.stringContaining('1:1: failed to read file: '),
    ])
    expect(content(world)).toBe('first')
    await world.stop()
  })
})
