import { describe, expect, it } from 'vitest'
import { createLineWriter } from '../../../adapters/shared/line-writer.ts'

type Done = (error: { readonly code?: string } | null, written: number) => void

/** A reader that takes text only when told to. */
function slowReader(maxChars?: number) {
  const pending: { bytes: Uint8Array; done: Done }[] = []
  const writer = createLineWriter(-1, maxChars, (bytes, done) => void pending.push({ bytes, done }))
  return {
    writer,
    pending,
    take(most = Number.POSITIVE_INFINITY): string {
      const { bytes, done } = pending.shift() as { bytes: Uint8Array; done: Done }
      const taken = Buffer.from(bytes).subarray(0, most)
      done(null, taken.length)
      return taken.toString('latin1')
    },
  }
}

describe('a line writer', () => {
  it('writes at once, then all that came meanwhile together', () => {
    const { writer, pending, take } = slowReader()
    writer.write('a\n')
    writer.write('b\n')
    writer.write('c\n')
    expect(pending).toHaveLength(1)
    expect(take()).toBe('a\n')
    expect(take()).toBe('b\nc\n')
    expect(pending).toHaveLength(0)
  })

  it('goes on where a partial write ended', () => {
    const { writer, take } = slowReader()
    writer.write('grüße\n')
    expect(take(2) + take(3) + take()).toBe(Buffer.from('grüße\n').toString('latin1'))
  })

  it('keeps all of it for a patient process', async () => {
    const { writer, take } = slowReader(Number.POSITIVE_INFINITY)
    const long = 'x'.repeat(3 * 1024 * 1024)
    writer.write('a\n')
    writer.write(long)
    const flushed = writer.flush()
    expect(take() + take()).toBe(`a\n${long}`)
    await flushed
  })

  it('drops and counts when nobody reads', () => {
    const { writer, take } = slowReader()
    const line = `${'x'.repeat(1023)}\n`
    for (let i = 0; i < 3000; i++) writer.write(line)
    let text = ''
    for (let i = 0; i < 3; i++) text += take()
    expect(text.length).toBeLessThan(1.1 * 1024 * 1024)
    expect(text).toMatch(/\n1975 lines dropped: nobody was reading\n$/)
  })

  it('tries again when the pipe is full, and gives up when the reader is gone', async () => {
    const answers = ['EAGAIN', 'EAGAIN', undefined, 'EPIPE', undefined]
    const seen: string[] = []
    const writer = createLineWriter(-1, undefined, (bytes, done) => {
      seen.push(Buffer.from(bytes).toString())
      const code = answers.shift()
      done(code === undefined ? null : { code }, bytes.length)
    })
    writer.write('a\n')
    await writer.flush(5000)
    writer.write('b\n')
    writer.write('c\n')
    expect(seen).toEqual(['a\n', 'a\n', 'a\n', 'b\n', 'c\n'])
  })

  it('flushes, but does not wait for ever', async () => {
    const { writer, take } = slowReader()
    await writer.flush(1e9)
    writer.write('a\n')
    await writer.flush(5)
    const flushed = writer.flush(1e9)
    take()
    await flushed
  })
})
