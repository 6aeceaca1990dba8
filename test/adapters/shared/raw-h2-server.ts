/** Speaks HTTP/2 frame by frame, and as badly as a test wants it to. */
import net from 'node:net'

export const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7 } as const
export const FLAG = { ack: 1, endStream: 1, endHeaders: 4 } as const
const PREFACE_BYTES = 24

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

export interface RawH2Server {
  readonly port: number
  connections: number
  closed: number
  close(): Promise<void>
}

export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** `:status: 200` from HPACK's static table. */
export const STATUS_200: Buffer = Buffer.from([0x88])

/** `content-length: 16`: name 28 of the static table, and the value as it is. */
export const LENGTH_16: Buffer = Buffer.from([0x0f, 0x0d, 2, 0x31, 0x36])

export function word(...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4)
  for (const [i, number] of numbers.entries()) bytes.writeUInt32BE(number, i * 4)
  return bytes
}

/** Settings are exchanged; everything else is `answer`'s, pings included. */
export async function rawH2Server(
  answer: (frame: Frame, socket: net.Socket, nthConnection: number) => void,
): Promise<RawH2Server> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.setNoDelay(true)
    const nth = raw.connections++
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      raw.closed++
      sockets.delete(socket)
    })
    socket.write(frame(FRAME.settings, 0, 0))
    let seen: Buffer = Buffer.alloc(0)
    let skipped = false
    socket.on('data', (chunk) => {
      seen = Buffer.concat([seen, chunk as Buffer])
      if (!skipped) {
        if (seen.length < PREFACE_BYTES) return
        skipped = true
        seen = seen.subarray(PREFACE_BYTES)
      }
      while (seen.length >= 9 && seen.length >= 9 + seen.readUIntBE(0, 3)) {
        const end = 9 + seen.readUIntBE(0, 3)
        const type = seen.readUInt8(3)
        const flags = seen.readUInt8(4)
        const got = { type, flags, stream: seen.readUInt32BE(5) & 0x7fffffff, payload: seen.subarray(9, end) }
        seen = seen.subarray(end)
        if (type !== FRAME.settings) answer(got, socket, nth)
        else if (flags !== FLAG.ack) socket.write(frame(FRAME.settings, FLAG.ack, 0))
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const raw: RawH2Server = {
    port: (server.address() as net.AddressInfo).port,
    connections: 0,
    closed: 0,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
  return raw
}
