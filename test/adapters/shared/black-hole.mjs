/** A process that listens and then never takes a connection: what a dead machine looks like once its queue is full. Needs Node. */
import { writeSync } from 'node:fs'
import net from 'node:net'

const server = net.createServer()
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  writeSync(1, `${server.address().port}\n`)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20_000)
  process.exit()
})
