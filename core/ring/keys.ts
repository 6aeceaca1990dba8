/**
 * Keys of targets: the 64 bits that the ring is asked for. Over the labels that count, sorted by name in byte order, each name
 * and each value followed by a byte FF; the same as Alloy's, so that every peer comes to the same answer. Hot: with a hundred
 * thousand targets nothing may be allocated for each.
 */
import { xxhash64 } from '../hash/xxhash64.ts'
import { compareNames } from '../labels/labels.ts'

const META_PREFIX = '__meta_'
const SEPARATOR = 0xff

/** Labels that name a container's log; what they say of a pod is the same on every node. */
export const LOG_LABELS: ReadonlySet<string> = new Set([
  '__pod_namespace__',
  '__pod_name__',
  '__pod_container_name__',
  '__pod_uid__',
  '__meta_kubernetes_namespace',
  '__meta_kubernetes_pod_name',
  '__meta_kubernetes_pod_container_name',
  '__meta_kubernetes_pod_uid',
  'container',
  'pod',
  'job',
  'namespace',
])

/** Key of a scrape target, written to `out[at]` (upper half) and `out[at + 1]`: of all labels but the `__meta_` ones. */
export function targetKey(labels: ReadonlyMap<string, string>, out: Uint32Array, at: number): void {
  count = 0
  labels.forEach(takeUnlessMeta)
  hashTaken(out, at)
}

/** Key of a container whose logs are read through the API (`loki.source.kubernetes`). */
export function logTargetKey(labels: ReadonlyMap<string, string>, out: Uint32Array, at: number): void {
  count = 0
  labels.forEach(takeIfOfLogs)
  hashTaken(out, at)
}

/** Key of a text: a namespace, a component's id, or one of the texts of core/ownership/work-keys.ts. */
export function textKey(text: string, out: Uint32Array, at: number): void {
  length = 0
  write(text)
  xxhash64(buffer, 0, length, out, at)
  shrink()
}

/** What was taken of a label set: `names[0 .. count)`, and their values in the same order. */
let names: string[] = []
let values: string[] = []
let count = 0

/** What is hashed: `buffer[0 .. length)`. */
const ROOM = 4096
let buffer = new Uint8Array(ROOM)
let length = 0

const encoder = new TextEncoder()

function takeUnlessMeta(value: string, name: string): void {
  if (!name.startsWith(META_PREFIX)) take(name, value)
}

function takeIfOfLogs(value: string, name: string): void {
  if (LOG_LABELS.has(name)) take(name, value)
}

/** Keeps what is taken sorted: an insertion each, which labels that come sorted never need. */
function take(name: string, value: string): void {
  let at = count++
  if (count > MANY) {
    names[at] = name
    values[at] = value
    return
  }
  while (at > 0 && compareNames(name, names[at - 1]) < 0) {
    names[at] = names[at - 1]
    values[at] = values[at - 1]
    at--
  }
  names[at] = name
  values[at] = value
}

/** Beyond this insertion would cost the square: such sets are sorted as a whole. */
const MANY = 64

function hashTaken(out: Uint32Array, at: number): void {
  length = 0
  if (count > MANY) sortTaken()
  const taken = count
  for (let i = 0; i < taken; i++) {
    write(names[i])
    buffer[length++] = SEPARATOR
    write(values[i])
    buffer[length++] = SEPARATOR
  }
  xxhash64(buffer, 0, length, out, at)
  shrink()
}

function sortTaken(): void {
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => compareNames(names[a], names[b]))
  names = order.map((i) => names[i])
  values = order.map((i) => values[i])
}

/** Appends text as UTF-8, with room for two separators behind it. */
function write(text: string): void {
  const size = text.length
  if (buffer.length < length + size * 3 + 2) {
    const larger = new Uint8Array((length + size * 3 + 2) * 2)
    larger.set(buffer.subarray(0, length))
    buffer = larger
  }
  // Most labels are ASCII and short: faster by hand than by a call of the encoder.
  const into = buffer
  const at = length
  for (let i = 0; i < size; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0x80) {
      length = at + i + encoder.encodeInto(text.slice(i), into.subarray(at + i)).written
      return
    }
    into[at + i] = unit
  }
  length = at + size
}

/** One giant label must not hold memory for good, nor must the strings of the last target. */
function shrink(): void {
  if (buffer.length > ROOM * 16) buffer = new Uint8Array(ROOM)
  if (names.length > MANY) {
    names = []
    values = []
  }
}
