/**
 * Groups are made of an object and of others that it refers to: an endpoint's pod, a pod's node. This remembers what each group
 * was made of, and makes it anew only when one of those has changed.
 */
import type { TargetGroup } from '../source.ts'
import type { Group, Related } from './objects.ts'

interface Made<T> {
  readonly object: T
  /** Asks all questions again: true while the answers are the same objects. */
  readonly holds: () => boolean
  readonly group: TargetGroup
}

/** A work for slices: all groups with targets, in the order of the objects. Remembers them for the next time. */
export function createGroups<T>(
  group: Group<T>,
  related: Related,
): (objects: ReadonlyMap<string, T>) => Generator<undefined, readonly TargetGroup[]> {
  let known = new Map<string, Made<T>>()

  return function* groups(objects) {
    const next = new Map<string, Made<T>>()
    const found: TargetGroup[] = []
    for (const [key, object] of objects) {
      const before = known.get(key)
      const made =
        before !== undefined && before.object === object && before.holds()
          ? before
          : yield* make(object, group, related)
      next.set(key, made)
      if (made.group.targets.length > 0) found.push(made.group)
      yield
    }
    known = next
    return found
  }
}

function* make<T>(object: T, group: Group<T>, related: Related): Generator<undefined, Made<T>> {
  const questions: (() => boolean)[] = []
  function asking<A extends unknown[], R>(question: (...about: A) => R): (...about: A) => R {
    return (...about) => {
      const answer = question(...about)
      questions.push(() => question(...about) === answer)
      return answer
    }
  }
  const made = group(object, {
    pod: asking(related.pod),
    service: asking(related.service),
    node: asking(related.node),
    namespace: asking(related.namespace),
  })
  const finished = 'next' in made ? yield* made : made
  return { object, holds: () => questions.every((same) => same()), group: finished }
}
