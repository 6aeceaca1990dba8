/** The watch of the configuration on real files: what the system tells must be enough, ten seconds are not waited for. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, type TestContext } from 'vitest'
import { clock } from '../adapters/shared/clock.ts'
import { files } from '../adapters/shared/files.ts'
import { createConfigWatch } from '../core/config-watch.ts'
import { createTimers } from '../core/time/timers.ts'
import { recordingLog } from './support/recording-log.ts'

const PATIENCE_MS = 8_000

function folder({ onTestFinished }: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'skein-watch-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/** `reloaded` resolves at the next reload; rejects when the watch took as long as it would without being told. */
async function watching(
  configPath: string,
  { onTestFinished }: TestContext,
): Promise<{ readonly reloaded: () => Promise<void> }> {
  let next = (): void => {}
  const watch = await createConfigWatch({
    configPath,
    files,
    clock,
    timers: createTimers(clock),
    log: recordingLog(),
    reload: async () => next(),
  })
  const stopping = new AbortController()
  const ended = watch.run(stopping.signal)
  onTestFinished(async () => {
    stopping.abort()
    await ended
  })
  return {
    reloaded: () =>
      new Promise((resolve, reject) => {
        const cancel = clock.wake(clock.monotonic() + PATIENCE_MS, () => reject(new Error('no reload')))
        next = () => {
          cancel()
          resolve()
        }
      }),
  }
}

describe.concurrent('the watch of real files', () => {
  it('notices a file that is written, and one that is replaced', async (test) => {
    const path = join(folder(test), 'config.alloy')
    writeFileSync(path, 'one')
    const { reloaded } = await watching(path, test)
    const first = reloaded()
    writeFileSync(path, 'two')
    await expect(first).resolves.toBeUndefined()
    const second = reloaded()
    writeFileSync(`${path}.new`, 'three')
    renameSync(`${path}.new`, path)
    await expect(second).resolves.toBeUndefined()
  }, 20_000)

  it('notices files that come and go in a directory', async (test) => {
    const directory = folder(test)
    writeFileSync(join(directory, 'a.alloy'), 'one')
    const { reloaded } = await watching(directory, test)
    const first = reloaded()
    writeFileSync(join(directory, 'b.alloy'), 'two')
    await expect(first).resolves.toBeUndefined()
    const second = reloaded()
    rmSync(join(directory, 'b.alloy'))
    await expect(second).resolves.toBeUndefined()
  }, 20_000)

  it.for(['', '/config.alloy'])(
    'notices the swap of a ConfigMap: mount%s',
    { timeout: 20_000 },
    async (below, test) => {
      const root = folder(test)
      const mount = join(root, 'mount')
      const version = (name: string, text: string): void => {
        mkdirSync(join(mount, name), { recursive: true })
        writeFileSync(join(mount, name, 'config.alloy'), text)
      }
      const swap = (to: string): void => {
        symlinkSync(to, join(mount, '..data_tmp'))
        renameSync(join(mount, '..data_tmp'), join(mount, '..data'))
      }
      version('..v1', 'one')
      swap('..v1')
      symlinkSync('..data/config.alloy', join(mount, 'config.alloy'))
      const { reloaded } = await watching(`${mount}${below}`, test)
      for (const [name, text] of [
        ['..v2', 'two'],
        ['..v3', 'three'],
      ] as const) {
        const again = reloaded()
        version(name, text)
        swap(name)
        await expect(again).resolves.toBeUndefined()
      }
    },
  )
})
