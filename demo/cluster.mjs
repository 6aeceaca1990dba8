// Three nodes that share the targets, and what can be done to them.

import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startNode } from './node.mjs'

const NAMES = ['anna', 'bert', 'cleo']
const LOOK_EVERY_MS = 500

/**
 * Starts the nodes at the same time. Each is { name, address, sender, state, peers }: `sender` names its process, which is
 * another one after each start; `state` is up, killed, leaving or gone; `peers` is how many nodes it sees, itself
 * included. `ended` resolves to { node, how, lastWords } when one ends by itself.
 */
export async function startCluster({ targets, receiverUrl }) {
  const folder = mkdtempSync(join(tmpdir(), 'skein-demo-'))
  const nodes = []
  for (const name of NAMES) {
    nodes.push({ name, address: `127.0.0.1:${await freePort()}`, starts: 0, sender: '', state: 'gone', peers: 0 })
  }
  let tellEnd
  const ended = new Promise((resolve) => {
    tellEnd = resolve
  })

  function begin(node) {
    node.sender = `${node.name}.${++node.starts}`
    node.process = startNode({
      name: node.name,
      sender: node.sender,
      address: node.address,
      join: nodes.map(({ address }) => address),
      targets,
      receiverUrl,
      folder,
    })
    node.state = 'up'
    const { process: own } = node
    own.ended.then((how) => {
      if (node.process === own && node.state === 'up') tellEnd({ node, how, lastWords: own.lastWords() })
    })
  }

  async function look(node) {
    if (node.state !== 'up') {
      node.peers = 0
      return
    }
    try {
      const response = await fetch(`http://${node.address}/api/v0/web/peers`, {
        signal: AbortSignal.timeout(LOOK_EVERY_MS),
      })
      node.peers = (await response.json()).length
    } catch {
      node.peers = 0
    }
  }

  for (const node of nodes) begin(node)
  const timer = setInterval(() => nodes.forEach(look), LOOK_EVERY_MS)
  return {
    nodes,
    ended,
    /** SIGKILL: no farewell. */
    kill(node) {
      node.state = 'killed'
      node.process.kill()
    },
    restart: begin,
    /** One after the other, so that each hands its targets over to those that are left; resolves to those that didn't end well: [{ node, how, lastWords }]. */
    async stop({ onLast }) {
      clearInterval(timer)
      const bad = []
      const up = nodes.filter(({ state }) => state === 'up')
      for (const node of up) {
        node.state = 'leaving'
        if (node === up.at(-1)) onLast()
        const how = await node.process.stop()
        node.state = 'gone'
        node.peers = 0
        if (how !== 'exit 0') bad.push({ node, how, lastWords: node.process.lastWords() })
      }
      return bad
    },
    /** Whatever is left of it. */
    destroy() {
      for (const { state, process: own } of nodes) if (state !== 'gone') own.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function freePort() {
  return new Promise((done, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}
