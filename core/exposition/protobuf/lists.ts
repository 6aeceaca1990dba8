/** Growing columns of numbers, for what one metric holds. Shared by all decoders: nothing stays in them between two metrics. */

export interface Doubles {
  at: Float64Array<ArrayBuffer>
  length: number
}

export interface Integers {
  at: Int32Array<ArrayBuffer>
  length: number
}

export function createDoubles(): Doubles {
  return { at: new Float64Array(64), length: 0 }
}

export function createIntegers(): Integers {
  return { at: new Int32Array(64), length: 0 }
}

export function pushDouble(list: Doubles, value: number): void {
  if (list.length === list.at.length) {
    const longer = new Float64Array(2 * list.length)
    longer.set(list.at)
    list.at = longer
  }
  list.at[list.length++] = value
}

export function pushInteger(list: Integers, value: number): void {
  if (list.length === list.at.length) {
    const longer = new Int32Array(2 * list.length)
    longer.set(list.at)
    list.at = longer
  }
  list.at[list.length++] = value
}
