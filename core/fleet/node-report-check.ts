/**
 * Whether what a peer answered is a NodeReport: everything that anybody here reads of it is of the type it should be and has a
 * bound, so that nothing behind this check needs to doubt it. Owns the check alone. What is there besides, such as of a newer
 * version, passes and is never read.
 */
import type { NodeReport } from '../api/node.ts'
import { MAX_MEMBERS, MAX_SOUGHT } from '../limits.ts'

export function isNodeReport(value: unknown): value is NodeReport {
  if (!isRecord(value)) return false
  const { conflict, gate, work } = value
  return (
    ['name', 'address', 'clusterName', 'version', 'runtime', 'configHash'].every((key) => isText(value[key])) &&
    ['started', 'now'].every((key) => isTime(value[key])) &&
    ['configLoaded', 'peersChanged'].every((key) => value[key] === null || isTime(value[key])) &&
    typeof value['clustered'] === 'boolean' &&
    isState(value['state']) &&
    isHold(value['hold']) &&
    isList(value['peers'], MAX_MEMBERS, isSighting) &&
    isList(value['sought'], MAX_SOUGHT, isText) &&
    ['recentPeerChanges', 'lamportTime', 'healthScore'].every((key) => isAmount(value[key])) &&
    (conflict === null || (isRecord(conflict) && isText(conflict['name']) && isText(conflict['rival']))) &&
    isRecord(gate) &&
    typeof gate['open'] === 'boolean' &&
    ['minimum', 'size', 'timeoutSeconds'].every((key) => isAmount(gate[key])) &&
    isRecord(work) &&
    ['targets', 'up', 'down', 'unknown', 'samplesPerSecond'].every((key) => isAmount(work[key]))
  )
}

type Fields = Readonly<Record<string, unknown>>

/** Of any text: names have 512 bytes at most, versions and hashes a tenth of that. */
const MAX_CHARACTERS = 512

function isSighting(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { announced, lastSeen } = value
  return (
    isText(value['name']) &&
    isText(value['address']) &&
    isState(value['state']) &&
    typeof value['self'] === 'boolean' &&
    typeof value['suspect'] === 'boolean' &&
    isTime(value['stateSince']) &&
    (lastSeen === null || isTime(lastSeen)) &&
    (announced === null || isAnnouncement(announced))
  )
}

function isAnnouncement(value: unknown): boolean {
  return (
    isRecord(value) &&
    isText(value['version']) &&
    isText(value['runtime']) &&
    isText(value['configHash']) &&
    isTime(value['started'])
  )
}

function isHold(value: unknown): boolean {
  if (value === null) return true
  if (!isRecord(value)) return false
  switch (value['kind']) {
    case 'joining':
      return true
    case 'too-small':
      return isAmount(value['size']) && isAmount(value['minimum'])
    case 'name-conflict':
      return isText(value['rival'])
    default:
      return false
  }
}

function isState(value: unknown): boolean {
  return value === 'viewer' || value === 'participant' || value === 'terminating'
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= MAX_CHARACTERS
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/

function isTime(value: unknown): boolean {
  return typeof value === 'string' && TIME.test(value) && !Number.isNaN(Date.parse(value))
}

/** Nothing that is counted or measured is below zero; JSON has no NaN, but it has 1e999. */
function isAmount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function isList(value: unknown, most: number, is: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length <= most && value.every(is)
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
