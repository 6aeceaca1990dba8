import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { clock } from '../../../adapters/shared/clock.ts'
import { files } from '../../../adapters/shared/files.ts'
import { createHost } from '../../../adapters/shared/host.ts'

describe('clock', () => {
  it('never wakes early', async () => {
    for (const delay of [0, 0.1, 1.7, 5.3, 12.9]) {
      const at = clock.monotonic() + delay
      const woken = await new Promise<number>((resolve) => clock.wake(at, () => resolve(clock.monotonic())))
      expect(woken).toBeGreaterThanOrEqual(at)
    }
  })

  it('can be told not to wake', async () => {
    const woken = vi.fn()
    clock.wake(clock.monotonic() + 5, woken)()
    await new Promise<void>((resolve) => clock.wake(clock.monotonic() + 20, resolve))
    expect(woken).not.toHaveBeenCalled()
  })

  it('waits for months without waking at once', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    try {
      const woken = vi.fn()
      const days = 24 * 3600 * 1000
      clock.wake(clock.monotonic() + 60 * days, woken)
      vi.advanceTimersByTime(59 * days)
      expect(woken).not.toHaveBeenCalled()
      vi.advanceTimersByTime(2 * days)
      expect(woken).toHaveBeenCalledTimes(1)
    } finally {
      vi.useRealTimers()
    }
  })

  it('takes turns', async () => {
    let other = false
    setTimeout(() => {
      other = true
    }, 0)
    while (!other) await clock.turn()
  })
})

describe('host', () => {
  it('knows the process', () => {
    const host = createHost('test 1.0')
    expect(host.hostname).not.toBe('')
    expect(host.os).toMatch(/^(linux|darwin|windows|freebsd)$/)
    expect(host.arch).toMatch(/^(amd64|arm64|386|riscv64|s390x|ppc64le)$/)
    expect(host.cpuSeconds()).toBeGreaterThan(0)
    expect(host.residentBytes()).toBeGreaterThan(1e6)
    expect(host.heapBytes()).toBeGreaterThan(1e5)
    expect(host.memory().heapTotal).toBeGreaterThan(1e5)
    expect(host.memory().arrayBuffers).toBeGreaterThanOrEqual(0)
    expect(Math.abs(Date.now() / 1000 - host.startTimeSeconds)).toBeLessThan(600)
    expect(host.env['PATH']).toBe(process.env['PATH'])
  })

  it('tells how late timers fire, since it was last asked', async () => {
    const host = createHost('test 1.0')
    expect(host.timerDelays()).toEqual([])
    // Nothing else gets a turn for so long, wherever in its interval the timer is.
    const end = performance.now() + 600
    while (performance.now() < end);
    const found: number[] = []
    await expect
      .poll(() => {
        found.push(...host.timerDelays())
        return found.length
      })
      .toBeGreaterThan(0)
    expect(Math.max(...found)).toBeGreaterThan(0.3)
    expect(Math.max(...found)).toBeLessThan(60)
    expect(host.timerDelays()).toEqual([])
  })
})

describe('files', () => {
  let root = ''
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'skein-files-')))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  it('reads, lists and appends, and names the path in errors', async () => {
    const path = join(root, 'a.txt')
    await files.append(path, 'one\n')
    await files.append(path, 'two\n')
    expect(new TextDecoder().decode(await files.read(path))).toBe('one\ntwo\n')
    expect(new TextDecoder().decode(files.readSync(path))).toBe('one\ntwo\n')
    writeFileSync(join(root, '0'), '')
    expect(await files.list(root)).toEqual(['0', 'a.txt'])
    expect(await files.list(path)).toBeUndefined()
    const missing = join(root, 'missing')
    await expect(files.read(missing)).rejects.toThrow(missing)
    await expect(files.list(missing)).rejects.toThrow(missing)
    expect(() => files.readSync(missing)).toThrow(missing)
  })

  /** Makes the change again and again until it is seen: watchers need a moment to be ready. */
  async function seen(path: string, change: (round: number) => void): Promise<void> {
    let told = (): void => {}
    const changed = new Promise<void>((resolve) => {
      told = resolve
    })
    const watching = files.watch(path, () => told())
    let round = 0
    const timer = setInterval(() => change(round++), 100)
    try {
      await changed
    } finally {
      clearInterval(timer)
      watching.close()
    }
  }

  it('sees a file that is written', async () => {
    const path = join(root, 'a')
    writeFileSync(path, '')
    await seen(path, (round) => writeFileSync(path, 'x'.repeat(round + 1)))
  })

  it('sees a file that is replaced by a rename', async () => {
    const path = join(root, 'a')
    writeFileSync(path, '')
    await seen(path, (round) => {
      writeFileSync(`${path}.new`, `${round}`)
      renameSync(`${path}.new`, path)
    })
  })

  it('sees a file that appears', async () => {
    const path = join(root, 'a')
    await seen(path, () => writeFileSync(path, 'x'))
  })

  it('sees what Kubernetes does to a ConfigMap', async () => {
    const version = (n: number): string => {
      const directory = join(root, `..v${n}`)
      mkdirSync(directory)
      writeFileSync(join(directory, 'config'), `${n}`)
      return directory
    }
    symlinkSync(version(0), join(root, '..data'))
    symlinkSync('..data/config', join(root, 'config'))
    await seen(join(root, 'config'), (round) => {
      symlinkSync(version(round + 1), join(root, '..new'))
      renameSync(join(root, '..new'), join(root, '..data'))
    })
  })

  it('sees a directory whose entries change', async () => {
    writeFileSync(join(root, 'a'), '')
    await seen(root, (round) => writeFileSync(join(root, `b${round}`), 'x'))
  })

  it('says nothing when other files change', async () => {
    const path = join(root, 'a')
    writeFileSync(path, 'x')
    const changed = vi.fn()
    const watching = files.watch(path, changed)
    await seen(join(root, 'b'), (round) => writeFileSync(join(root, 'b'), 'x'.repeat(round + 1)))
    watching.close()
    expect(changed).not.toHaveBeenCalled()
  })
})
