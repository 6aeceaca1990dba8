/**
 * The HTTP server of Node and Bun: node:http in front of a fetch handler. `accept` is the place where connections come in;
 * HTTP/2 on the same port is to be told apart there (see Listen for the contract).
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { CodedError } from '../../core/errors.ts'
import { DEFAULT_GRACE_MS, formatAddress, type Listen, listenError } from './listen.ts'

const SWEEP_MS = 20

export const listen: Listen = (handler, options) => {
  // Without overrideGlobalObjects the listener would replace the host's Request and Response for everyone.
  const server = createServer(
    getRequestListener((request) => handler(request, { remoteAddress: undefined, httpVersion: '1' }), {
      overrideGlobalObjects: false,
    }),
  )
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, options)))
    const host = options.host === '' ? {} : { host: options.host }
    server.listen({ ...host, port: options.port }, () => {
      const bound = server.address() as AddressInfo
      resolve({
        address: formatAddress(bound.address, bound.port),
        port: bound.port,
        setTls: () => Promise.reject(new CodedError('unsupported', 'not written yet')),
        close: (graceMs = DEFAULT_GRACE_MS) =>
          new Promise((closed) => {
            const cut = setTimeout(() => server.closeAllConnections(), graceMs)
            // A connection becomes idle when its response is out; the server itself looks only once.
            const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
            server.close(() => {
              clearTimeout(cut)
              clearInterval(sweep)
              closed()
            })
          }),
      })
    })
  })
}
