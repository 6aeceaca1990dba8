/** Columns that become too short are copied into longer ones in slices: those of the largest bodies take hundreds of MiB. */

/** Copied at a time: some ms, most of them the kernel's for memory that is touched first. */
const SLICE_BYTES = 4 * 1024 * 1024

export type Column = Uint8Array | Uint32Array | Int32Array | Float64Array

/** Copies on; true when the columns have been replaced. Until then nobody may write to them. */
export type Growth = () => boolean

/** Copies all that is in `from`; `install` is given the longer columns, in the same order. */
export function growColumns<C extends Column>(from: readonly C[], to: readonly C[], install: () => void): Growth {
  let column = 0
  let copied = 0
  return () => {
    let left = SLICE_BYTES
    while (column < from.length) {
      if (left <= 0) return false
      const source = from[column]
      const end = Math.min(source.length, copied + Math.ceil(left / source.BYTES_PER_ELEMENT))
      to[column].set(source.subarray(copied, end), copied)
      left -= (end - copied) * source.BYTES_PER_ELEMENT
      copied = end
      if (copied === source.length) {
        column++
        copied = 0
      }
    }
    install()
    return true
  }
}
