/** `npm run sim -- --scale 1000`: measures 100, 300 and so on up to the given number, and prints a table. */
import { measureScale, type ScaleResult } from './scale.ts'

const LOSSY_MS = 5 * 60_000

function memory(): number {
  const { gc } = globalThis as { gc?: () => void }
  gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function row({ nodes, convergedMs, realMs, ...result }: ScaleResult): string {
  return [
    nodes,
    convergedMs === undefined ? 'never' : (convergedMs / 1000).toFixed(1),
    result.packets.toFixed(2),
    result.packetBytes.toFixed(0),
    result.exchanges.toFixed(3),
    result.exchangeBytes.toFixed(0),
    (result.memoryBytes / 1024).toFixed(0),
    result.refutations,
    result.falseDeaths,
    (realMs / 1000).toFixed(0),
  ]
    .map((cell) => `${cell}`.padStart(12))
    .join('')
}

const most = Number(process.argv[2])
if (!(most >= 3)) throw new Error(`--scale ${process.argv[2]}: a number of nodes is wanted`)
const sizes = [100, 300, 1_000].filter((size) => size < most).concat(most)
const results: ScaleResult[] = []
for (const nodes of sizes) {
  results.push(await measureScale({ nodes, memory, lossyMs: LOSSY_MS, progress: (text) => console.error(text) }))
}
const heads = [
  'converged s',
  'packets/s',
  'bytes/s',
  'exchanges/s',
  'bytes/s',
  'KiB/node',
  'refuted',
  'false deaths',
  'real s',
]
console.log(
  ['nodes', ...heads]
    .map((head) => head.padStart(12))
    .join(' ')
    .replaceAll('  ', ' '),
)
for (const result of results) console.log(row(result))
console.log(
  'rates are per node at rest; refuted and false deaths: in 5 simulated minutes with 10 % loss, over all nodes',
)
