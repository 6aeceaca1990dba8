/** Values with one thing in them changed, for whoever judges shapes. */

/** The paths of everything in it, itself left out. */
export function* pathsIn(value: unknown, before: readonly string[] = []): Generator<readonly string[]> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    yield [...before, key]
    yield* pathsIn(inner, [...before, key])
  }
}

/** A copy with something else at a path. */
export function changed(value: unknown, [key, ...rest]: readonly string[], to: unknown): unknown {
  if (key === undefined) return to
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>
  copy[key] = changed(copy[key], rest, to)
  return copy
}
