/**
 * Tells HTTP/2 with prior knowledge from HTTP/1.1 by the first bytes of a plain connection (RFC 9113, section 3.4), and ends
 * connections that don't say which. Owns a socket until then, and nothing of it afterwards.
 */
import type net from 'node:net'

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

export type HttpVersion = '1' | '2'

/**
 * Calls `told` once, with all bytes back in the socket; never when the socket closes before or says nothing for `patienceMs`.
 * The bytes may come one at a time. The socket must have an error listener. The returned function gives the socket up.
 */
export function readPreface(socket: net.Socket, patienceMs: number, told: (version: HttpVersion) => void): () => void {
  let seen: Buffer = Buffer.alloc(0)
  const timer = setTimeout(giveUp, patienceMs)
  timer.unref?.()
  socket.on('readable', look)
  socket.on('end', giveUp)
  socket.on('close', release)
  return giveUp

  function look(): void {
    for (;;) {
      const chunk = socket.read() as Buffer | null
      if (chunk === null) return
      seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk])
      const known = Math.min(seen.length, PREFACE.length)
      if (PREFACE.compare(seen, 0, known, 0, known) !== 0) {
        hand('1')
        return
      }
      if (known === PREFACE.length) {
        hand('2')
        return
      }
    }
  }

  function hand(version: HttpVersion): void {
    release()
    socket.unshift(seen)
    told(version)
  }

  function giveUp(): void {
    release()
    socket.destroy()
  }

  function release(): void {
    clearTimeout(timer)
    socket.removeListener('readable', look)
    socket.removeListener('end', giveUp)
    socket.removeListener('close', release)
  }
}
