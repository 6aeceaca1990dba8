/** A growing byte buffer with the two views that hot loops need: one allocation when it doubles, none in between. */
export interface Bytes {
  bytes: Uint8Array<ArrayBuffer>
  /** Over the same memory as `bytes`; replaced together with it. */
  view: DataView
  /** Bytes in use. */
  length: number
}

export function createBytes(capacity: number): Bytes {
  const bytes = new Uint8Array(capacity)
  return { bytes, view: new DataView(bytes.buffer), length: 0 }
}

/** Makes room for `more` bytes behind those in use. */
export function reserve(buffer: Bytes, more: number): void {
  const needed = buffer.length + more
  if (needed <= buffer.bytes.length) return
  const bytes = new Uint8Array(Math.max(needed, buffer.bytes.length * 2))
  bytes.set(buffer.bytes.subarray(0, buffer.length))
  buffer.bytes = bytes
  buffer.view = new DataView(bytes.buffer)
}

/** The same for a column of numbers: `column` itself when it is long enough, else a longer copy. */
export function grown<C extends Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>>(
  column: C,
  length: number,
): C {
  if (length <= column.length) return column
  const longer = new (column.constructor as new (length: number) => C)(Math.max(length, column.length * 2, 64))
  longer.set(column)
  return longer
}
