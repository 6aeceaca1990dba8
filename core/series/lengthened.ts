/** Copies a column into the longer one that takes its place, and returns that; rows behind keep what they have. */
export function lengthened<C extends Uint8Array | Uint32Array | Float64Array>(column: C, longer: C): C {
  longer.set(column)
  return longer
}
