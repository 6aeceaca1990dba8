import { describe, expect, it } from 'vitest'
import { main } from '../../../adapters/cli/main.ts'
import { setup } from './fake-runtime.ts'

const UGLY = 'logging{\nlevel="info"\n  format   = "json"\n}\n'
const NEAT = 'logging {\n\tlevel  = "info"\n\tformat = "json"\n}\n'

async function fmt(files: Readonly<Record<string, string>>, ...args: string[]) {
  const { runtime, seen, disk } = setup()
  const written: string[] = []
  const { overwrite } = runtime
  for (const [path, text] of Object.entries(files)) disk.set(path, text)
  const recording = {
    ...runtime,
    overwrite(path: string, text: string) {
      written.push(path)
      return overwrite(path, text)
    },
  }
  const code = await main(['fmt', ...args], recording)
  return { code, out: seen.out, err: seen.err, disk, written }
}

describe('fmt', () => {
  it.each([[['a.alloy']], [[]], [['-']]])('prints the canonical form: %j', async (args) => {
    expect(await fmt({ 'a.alloy': UGLY, '-': UGLY }, ...args)).toMatchObject({
      code: 0,
      out: NEAT,
      err: '',
      written: [],
    })
  })

  it('is called format as well', async () => {
    const { runtime, seen, disk } = setup()
    disk.set('-', UGLY)
    expect(await main(['format'], runtime)).toBe(0)
    expect(seen.out).toBe(NEAT)
  })

  it.each(['--write', '-w', '--write=true'])('writes what is different: %s', async (flag) => {
    const { code, out, disk, written } = await fmt({ 'd/a.alloy': UGLY, 'd/b.alloy': NEAT, 'd/c.txt': UGLY }, flag, 'd')
    expect({ code, out, written }).toEqual({ code: 0, out: '', written: ['d/a.alloy'] })
    expect(disk.get('d/a.alloy')).toBe(NEAT)
  })

  it('tests, and names what is not formatted', async () => {
    expect(await fmt({ a: NEAT, b: NEAT }, '-t', 'a', 'b')).toMatchObject({ code: 0, out: '', err: '' })
    expect(await fmt({ a: UGLY, b: NEAT }, '--test', 'a', 'b')).toMatchObject({
      code: 1,
      err: 'a is not formatted\n',
      written: [],
    })
    expect(await fmt({ '-': UGLY }, '-t')).toMatchObject({ code: 1, err: '<stdin> is not formatted\n' })
  })

  it('leaves alone what has errors, shows them, and goes on', async () => {
    const { code, err, written } = await fmt({ a: 'logging {\n\tlevel =\n}\n', b: UGLY }, '-w', 'a', 'b')
    expect({ code, written }).toEqual({ code: 1, written: ['b'] })
    expect(err).toMatch(/^Error: a:3:1: expected expression, got }\n\n2 \| {5}level =\n3 \| }\n/)
  })

  it('says what can not be read or written', async () => {
    expect(await fmt({}, 'none.alloy')).toMatchObject({
      code: 1,
      err: "skein fmt: can't read the configuration none.alloy: no such file or directory\n",
    })
    const { runtime, seen, disk } = setup()
    disk.set('a', UGLY)
    const full = { ...runtime, overwrite: () => Promise.reject(new Error('ENOSPC: no space left')) }
    expect(await main(['fmt', '-w', 'a'], full)).toBe(1)
    expect(seen.err).toBe("skein fmt: can't write a: ENOSPC: no space left\n")
  })

  it.each([
    [['-w', '-t', 'a'], 'exclude each other'],
    [['-w'], 'standard input has no place'],
    [['a', 'b'], 'several files can only be formatted with'],
    [['-w', 'a', '-'], '- is standard input'],
    [['d'], 'd has 2 files'],
    [['--wirte', 'a'], 'unknown flag --wirte; did you mean --write?'],
  ])('%j is wrong usage', async (args, message) => {
    const { code, err } = await fmt({ 'd/a.alloy': NEAT, 'd/b.alloy': NEAT, a: NEAT, b: NEAT }, ...args)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })

  it('tells its flags', async () => {
    const { out } = await fmt({}, '--help')
    expect(out).toContain('Usage: skein fmt [flags]')
    expect(out).toMatch(/-w, --write {2,}Write the result back/)
  })
})
