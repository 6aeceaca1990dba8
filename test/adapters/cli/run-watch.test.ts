import { describe, expect, it } from 'vitest'
import { main } from '../../../adapters/cli/main.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { setup } from './fake-runtime.ts'

/** `skein run` on the file `a`, with a clock that stands still. */
function running(flags: readonly string[], outcomes: readonly { readonly ok: boolean; readonly text: string }[] = []) {
  const left = [...outcomes]
  const reloads: number[] = []
  const clock = createFakeClock({ monotonic: 0 })
  const fake = setup({
    async reload() {
      reloads.push(clock.monotonic())
      const next = left.shift()
      return next === undefined || next.ok ? { ok: true } : { ok: false, text: next.text }
    },
  })
  fake.disk.set('a', 'one')
  const { ports } = fake.runtime
  const files = { ...ports.files, watch: () => ({ close() {} }) }
  const ended = main(['run', ...flags, 'a'], { ...fake.runtime, ports: { ...ports, clock, files } })
  return { ...fake, clock, reloads, ended }
}

describe('run --config.watch', () => {
  it('loads a changed configuration again until it is stopped', async () => {
    const { clock, disk, reloads, running: started, send, ended, seen } = running(['--config.watch'])
    await started
    disk.set('a', 'two')
    await clock.advance(15_000)
    expect(reloads).toEqual([11_000])
    expect(seen.err).toContain('msg="the configuration has changed; reloading" path=a')
    send('SIGTERM')
    disk.set('a', 'three')
    await clock.advance(60_000)
    expect(await ended).toBe(0)
    expect(reloads).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  it('says why it did not take effect, as for SIGHUP', async () => {
    const outcomes = [
      { ok: false, text: 'Error: a:1:1: no\n' },
      { ok: false, text: 'Error: a:1:1: no\n' },
    ]
    const { clock, disk, reloads, running: started, send, ended, seen } = running(['--config.watch'], outcomes)
    await started
    disk.set('a', 'two')
    await clock.advance(15_000)
    expect(reloads).toHaveLength(1)
    const [, watched] = seen.err.split('reloading" path=a\n')
    seen.err = ''
    send('SIGHUP')
    await clock.settle()
    const withoutTime = (text: string): string => text.replace(/^ts=\S+ /gm, '')
    expect(withoutTime(watched)).toBe(withoutTime(seen.err))
    expect(watched).toContain('Error: a:1:1: no\n')
    expect(watched).toContain('level=error msg="failed to reload config; the running one stays"')
    send('SIGTERM')
    await ended
  })

  it('watches only when it is told to', async () => {
    const { clock, disk, reloads, running: started, send, ended } = running([])
    await started
    disk.set('a', 'two')
    await clock.advance(60_000)
    expect(reloads).toEqual([])
    send('SIGTERM')
    await ended
  })
})
