/** Two or three numbers that are known by one number, as long as somebody uses it: the first two are strings. */
import { grown } from './bytes.ts'
import { createIdTable } from './id-table.ts'

export interface Tuples {
  readonly live: number
  readonly capacity: number
  /** Takes over one use of each string: the tuple's, if it is new; otherwise they are given back. Numbers begin at 1. */
  acquire(first: number, second: number, third: number): number
  keep(id: number): void
  /** True when it was the last user's. */
  release(id: number): boolean
  users(id: number): number
  first(id: number): number
  second(id: number): number
  third(id: number): number
}

/** `dismiss` gives up one use of a string. */
export function createTuples(width: 2 | 3, dismiss: (string: number) => void): Tuples {
  let members = new Uint32Array(width * 16)
  let users = new Uint32Array(16)
  let capacity = 1
  let live = 0
  const freeIds: number[] = []
  const table = createIdTable((id) => hash(members[width * id], members[width * id + 1]))

  return {
    get live() {
      return live
    },
    get capacity() {
      return capacity
    },
    acquire(first, second, third) {
      const found = table.find(
        hash(first, second),
        (id) =>
          members[width * id] === first &&
          members[width * id + 1] === second &&
          (width === 2 || members[width * id + 2] === third),
      )
      if (found >= 0) {
        dismiss(first)
        dismiss(second)
        users[found]++
        return found
      }
      const id = freeIds.pop() ?? capacity++
      members = grown(members, width * capacity)
      users = grown(users, capacity)
      members[width * id] = first
      members[width * id + 1] = second
      if (width === 3) members[width * id + 2] = third
      users[id] = 1
      live++
      table.add(id, hash(first, second))
      return id
    },
    keep(id) {
      users[id]++
    },
    release(id) {
      if (--users[id] > 0) return false
      const first = members[width * id]
      const second = members[width * id + 1]
      table.remove(id, hash(first, second))
      freeIds.push(id)
      live--
      dismiss(first)
      dismiss(second)
      return true
    },
    users: (id) => users[id],
    first: (id) => members[width * id],
    second: (id) => members[width * id + 1],
    third: (id) => members[width * id + 2],
  }
}

/** Mixed well: runs of neighbouring numbers would pile up in a table that is probed linearly. */
function hash(first: number, second: number): number {
  let mixed = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return mixed ^ (mixed >>> 16)
}
