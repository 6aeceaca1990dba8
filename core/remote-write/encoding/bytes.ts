/** A growing byte buffer with the two views that hot loops need: one allocation when it grows, none in between. */
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
  reallocate(buffer, Math.max(needed, enlarged(buffer.bytes.length)))
}

/** Most texts are short, where a loop beats the call into the host. */
export function copy(from: Uint8Array, start: number, to: Uint8Array, at: number, length: number): void {
  if (length > 48) to.set(from.subarray(start, start + length), at)
  else for (let i = 0; i < length; i++) to[at + i] = from[start + i]
}

/** Makes the capacity exactly `capacity`, or leaves it when what is in use needs more. */
export function resize(buffer: Bytes, capacity: number): void {
  if (capacity >= buffer.length && capacity !== buffer.bytes.length) reallocate(buffer, capacity)
}

function reallocate(buffer: Bytes, capacity: number): void {
  const bytes = new Uint8Array(capacity)
  bytes.set(buffer.bytes.subarray(0, buffer.length))
  buffer.bytes = bytes
  buffer.view = new DataView(bytes.buffer)
}

/** Small ones double; large ones grow by a quarter, since every target has its own and spare room adds up. */
function enlarged(length: number): number {
  return length < 1024 ? length * 2 : length + (length >> 2)
}

/** The same for a column of numbers: `column` itself when it is long enough, else a longer copy. */
export function grown<
  C extends Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Float64Array<ArrayBuffer>,
>(column: C, length: number): C {
  if (length <= column.length) return column
  const longer = new (column.constructor as new (length: number) => C)(Math.max(length, enlarged(column.length), 64))
  longer.set(column)
  return longer
}
