import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterEach, describe, expect, it } from 'vitest'
import { clock } from '../../../adapters/shared/clock.ts'
import { segments } from '../../../adapters/shared/segments.ts'
import { createQueue, type Queue, type QueueSettings } from '../../../core/remote-write/queue/queue.ts'
import { createTimers } from '../../../core/time/timers.ts'
import { give, keys, made, SETTINGS } from '../../remote-write/queue/queue-rig.ts'
import { recordingLog } from '../../support/recording-log.ts'
import { RUNTIME } from './this-runtime.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'skein-segments-'))
  folders.push(made)
  return made
}

const bytes = (...all: number[]): Uint8Array => Uint8Array.from(all)

describe('segments', () => {
  it('are files that grow at the end, and are read from anywhere', async () => {
    const path = join(folder(), 'a', 'queue')
    const directory = await segments.open(path)
    const writer = await directory.create('one')
    await Promise.all([writer.append(bytes(1, 2, 3)), writer.append(bytes(4)), writer.append(bytes())])
    await writer.sync()
    await writer.append(bytes(5))
    expect([...(await directory.read('one', 1, 3))]).toEqual([2, 3, 4])
    expect([...(await directory.read('one', 3, 100))]).toEqual([4, 5])
    expect([...(await directory.read('one', 9, 100))]).toEqual([])
    await writer.append(bytes(6))
    expect([...(await directory.read('one', 4, 2))]).toEqual([5, 6])
    const [file] = await directory.list()
    expect(file).toMatchObject({ name: 'one', bytes: 6 })
    expect(Math.abs(file.modified - Date.now())).toBeLessThan(60_000)
    await writer.close()
    expect([...readFileSync(join(path, 'one'))]).toEqual([1, 2, 3, 4, 5, 6])
    if (process.platform === 'win32') return
    expect(statSync(path).mode & 0o777).toBe(0o700)
    expect(statSync(join(path, 'one')).mode & 0o777).toBe(0o600)
  })

  it('are never made twice', async () => {
    const directory = await segments.open(folder())
    await (await directory.create('one')).close()
    await expect(directory.create('one')).rejects.toMatchObject({ code: 'EEXIST' })
  })

  it('can be removed while they are written and read', async () => {
    const path = folder()
    const directory = await segments.open(path)
    const writer = await directory.create('one')
    await writer.append(bytes(1))
    await directory.read('one', 0, 1)
    await directory.remove('one')
    expect(readdirSync(path)).toEqual([])
    await writer.append(bytes(2))
    await writer.close()
    await expect(directory.read('one', 0, 1)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('are found by their directories, which can be discarded', async () => {
    const path = folder()
    for (const name of ['a', 'b']) await (await (await segments.open(join(path, name))).create('one')).close()
    writeFileSync(join(path, 'file'), '')
    expect([...(await segments.list(path))].sort()).toEqual(['a', 'b'])
    expect(await segments.list(join(path, 'nothing'))).toEqual([])
    await segments.discard(join(path, 'a'))
    expect(await segments.list(path)).toEqual(['b'])
  })

  it('can be read where nothing can be written', async () => {
    const path = join(folder(), 'queue')
    mkdirSync(path)
    writeFileSync(join(path, 'one'), 'x')
    chmodSync(path, 0o500)
    const directory = await segments.open(path)
    expect((await directory.read('one', 0, 1)).length).toBe(1)
    chmodSync(path, 0o700)
    await expect(segments.open(join(path, 'one', 'below'))).rejects.toThrow('ENOTDIR')
  })
})

function openQueue(path: string, changes: Partial<QueueSettings> = {}): Queue {
  const events = { lost: () => undefined, changed: () => undefined }
  const deps = { clock, timers: createTimers(clock), log: recordingLog() }
  const settings = { ...SETTINGS, ...changes }
  return createQueue(
    () => settings,
    () => segments.open(path),
    events,
    deps,
  )
}

async function delivered(queue: Queue): Promise<string[]> {
  const all: string[] = []
  while (!queue.empty) {
    const queued = queue.peek(0)
    if (queued === undefined) await clock.turn()
    else {
      all.push(...keys([queued.block]))
      queue.acknowledge(queued)
    }
  }
  return all
}

describe('a queue in real files', () => {
  it('is read back by the next run, whole and in order', async () => {
    const path = join(folder(), 'queue')
    const first = openQueue(path, { maxMemoryBytes: 1_000_000, syncInterval: 10 })
    const given: string[] = []
    for (let id = 0; id < 200; id++) {
      const block = made(
        { id, bytes: 20_000, parts: 1 + (id % 3), protocol: id % 2 === 0 ? '1.0' : '2.0' },
        clock.now(),
      )
      given.push(...keys([block.block]))
      give(first, block)
      while (!first.wantsParts) await clock.turn()
    }
    expect(await first.close(10_000)).toMatchObject({ lost: { samples: 0 } })
    const second = openQueue(path, { maxMemoryBytes: 1_000_000 })
    expect(await delivered(second)).toEqual(given)
    await second.close(10_000)
    expect(readdirSync(path)).toEqual([])
  })

  it('loses nothing of what was written when its process is killed, twice', async () => {
    const root = folder()
    const path = join(root, 'queue')
    const command = await program(root)
    const told: number[] = []
    for (const first of [0, 100_000]) told.push(await killedAfter(command, [path, String(first)], first + 100))
    const queue = openQueue(path)
    const all = await delivered(queue)
    // What the first run wrote, then what the second did, none left out; a block may have been written and not been told of.
    const second = all.indexOf(keyOf(100_000))
    expect(all.slice(0, second)).toEqual(Array.from({ length: second }, (_, i) => keyOf(i)))
    expect(all.slice(second)).toEqual(Array.from({ length: all.length - second }, (_, i) => keyOf(100_000 + i)))
    expect(second - 1).toBeGreaterThanOrEqual(told[0])
    expect(100_000 + all.length - second - 1).toBeGreaterThanOrEqual(told[1])
    await queue.close(10_000)
    expect(readdirSync(path)).toEqual([])
  }, 60_000)
})

const keyOf = (id: number): string => keys([made({ id, bytes: 3_000 }, 0).block])[0]

/** How this runtime runs it; Node 20 knows no types. */
async function program(root: string): Promise<string[]> {
  const source = join(import.meta.dirname, 'queue-to-be-killed.ts')
  if (RUNTIME === 'deno') return ['run', '-A', source]
  if (RUNTIME === 'bun') return [source]
  const { build } = await import('esbuild')
  const outfile = join(root, 'queue-to-be-killed.mjs')
  await build({ entryPoints: [source], bundle: true, format: 'esm', platform: 'node', outfile, logLevel: 'error' })
  return [outfile]
}

/** Kills it once it has told of block `last`; the last one that it told of. */
async function killedAfter(command: readonly string[], args: readonly string[], last: number): Promise<number> {
  const child = spawn(process.execPath, [...command, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  child.stdout.on('data', (data: Buffer) => {
    text += String(data)
    if (text.includes(`${last}\n`)) child.kill('SIGKILL')
  })
  await ended
  const whole = text.slice(0, text.lastIndexOf('\n')).split('\n')
  return Number(whole.at(-1))
}
