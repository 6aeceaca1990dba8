/**
 * The house plan: which room stands on which floor, and who may import whom. Follows docs/architecture.md, "Floors".
 * A file imports from its own room and from floors below: never sideways, never up.
 */

/** Rooms of core/ on each floor. Names with `.ts` are single files. */
const CORE_FLOORS = [
  { floor: 0, rooms: ['time', 'hash', 'api'] },
  // A landing below the first floor: series, rings and targets are made of labels; parsers and series know histograms.
  { floor: 0.5, rooms: ['labels', 'histograms'] },
  { floor: 1, rooms: ['exposition', 'syntax', 'series', 'ring', 'telemetry', 'outbound', 'live'] },
  // Between: the cluster and discovery both ask a Kubernetes API, by way of outbound and the reader of YAML.
  { floor: 1.5, rooms: ['kubernetes'] },
  { floor: 2, rooms: ['scrape', 'remote-write', 'cluster', 'discovery', 'remote-config'] },
  { floor: 3, rooms: ['graph', 'ownership', 'convert'] },
  // A landing: what all nodes together know is made of scraping, the cluster and ownership, and told by http and components.
  { floor: 3.5, rooms: ['fleet'] },
  { floor: 4, rooms: ['http', 'components'] },
  { floor: 5, rooms: ['agent.ts', 'agent-check.ts', 'config-watch.ts'] },
  { floor: 6, rooms: ['index.ts'] },
]

/** The ground that every room of core/ stands on; these files may import one another. */
const CORE_GROUND = ['ports.ts', 'errors.ts', 'limits.ts']

/** Rooms of adapters/, and the other rooms of adapters/ that each may import (all may import core/). */
const ADAPTER_ROOMS = {
  node: ['shared', 'cli'],
  bun: ['shared', 'cli'],
  deno: ['shared', 'cli'],
  shared: [],
  cli: ['shared'],
  workers: [],
}

/** What the pages may import besides their own files. */
const UI_PACKAGES = ['lit-html']

const GROUND = -1
const MEND_UNKNOWN = 'give the room a floor in docs/architecture.md and in scripts/architecture/floors.mjs'

/**
 * @param {string} file path from the root of the repository, with `/`
 * @returns {{ tree: 'core' | 'adapters' | 'ui' | 'test' | 'elsewhere', room: string, floor: number | undefined }}
 *   `floor` is a number only in core/, undefined for a room that the plan doesn't know
 */
export function placeOf(file) {
  const [tree, room = ''] = file.split('/')
  if (tree === 'core') {
    const floor = CORE_GROUND.includes(room) ? GROUND : CORE_FLOORS.find(({ rooms }) => rooms.includes(room))?.floor
    return { tree, room, floor }
  }
  if (tree === 'adapters' || tree === 'ui') return { tree, room, floor: undefined }
  return { tree: tree === 'test' ? 'test' : 'elsewhere', room, floor: undefined }
}

/**
 * Judges a file by where it stands: every file of core/ and adapters/ belongs to a known room.
 * @param {string} file
 * @returns {import('./report.mjs').Finding | undefined}
 */
export function judgePlace(file) {
  const { tree, room, floor } = placeOf(file)
  const known = tree === 'core' ? floor !== undefined : tree !== 'adapters' || room in ADAPTER_ROOMS
  if (known) return undefined
  return { rule: 'unknown-room', what: `${tree}/${room} stands on no floor`, mend: MEND_UNKNOWN }
}

/**
 * Judges one import between files of the repository.
 * @param {string} from importing file
 * @param {string} to imported file
 * @returns {import('./report.mjs').Finding | undefined}
 */
export function judgeImport(from, to) {
  const a = placeOf(from)
  const b = placeOf(to)
  if (b.tree === 'test' && a.tree !== 'test') {
    return { rule: 'no-test-import', what: `imports ${to}`, mend: 'move what is shared out of test/' }
  }
  if (a.tree === 'core') return judgeCoreImport(a, b, to)
  if (a.tree === 'adapters') return judgeAdapterImport(a, b, to)
  if (a.tree === 'ui') return judgeUiImport(b, to)
  return undefined
}

function judgeCoreImport(a, b, to) {
  if (b.tree !== 'core') {
    return {
      rule: 'core-stands-alone',
      what: `core imports ${to}`,
      mend: 'ask for it through core/ports.ts, or pass it in as data',
    }
  }
  if (a.floor === undefined || b.floor === undefined || a.room === b.room || a.floor > b.floor) return undefined
  if (a.floor === GROUND && b.floor === GROUND) return undefined
  const [rule, way] = a.floor === b.floor ? ['no-sideways-import', 'sideways'] : ['no-upward-import', 'up']
  return {
    rule,
    what: `core/${a.room} (floor ${shown(a.floor)}) imports ${way} from core/${b.room} (floor ${shown(b.floor)})`,
    mend: 'move the shared part to a lower floor, or let the caller (a floor above) pass it in',
  }
}

function judgeAdapterImport(a, b, to) {
  if (b.tree === 'core' || a.room === b.room) return undefined
  const allowed = ADAPTER_ROOMS[a.room]
  if (allowed === undefined || (b.tree === 'adapters' && allowed.includes(b.room))) return undefined
  const others = ['core', ...allowed.map((room) => `adapters/${room}`)].join(', ')
  return {
    rule: 'adapter-imports',
    what: `adapters/${a.room} imports ${to}`,
    mend: `adapters/${a.room} may import ${others} only; what several adapters need belongs to adapters/shared`,
  }
}

/** The pages know the server by its answers alone. */
function judgeUiImport(b, to) {
  if (b.tree === 'ui' || (b.tree === 'core' && b.room === 'api')) return undefined
  return {
    rule: 'pages-stand-alone',
    what: `ui imports ${to}`,
    mend: 'the pages may import ui and the types of core/api only: have the API say what they need',
  }
}

/**
 * Judges one import of a package by the pages: each is sent to every browser.
 * @param {string} specifier
 * @returns {import('./report.mjs').Finding | undefined}
 */
export function judgeUiPackage(specifier) {
  if (UI_PACKAGES.includes(specifier.split('/', 1)[0])) return undefined
  return {
    rule: 'pages-stand-alone',
    what: `ui imports ${specifier}`,
    mend: `do without it: the pages are made of ${UI_PACKAGES.join(' and ')} only, and their size is promised`,
  }
}

function shown(floor) {
  return floor === GROUND ? '0, the ground' : String(floor)
}
