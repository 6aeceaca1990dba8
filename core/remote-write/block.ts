/**
 * What is sent: finished requests, and the parts that they grow from. Bodies are snappy blocks, whose elements may be put one
 * after the other: so a request can be written down while it grows, a part at a time, without compressing anything twice.
 */

/** The generations of the protocol: `prometheus.WriteRequest` and `io.prometheus.write.v2.Request`. */
export type Protocol = '1.0' | '2.0'

export interface Counts {
  readonly samples: number
  readonly histograms: number
  readonly exemplars: number
  /** Families described in a request of 1.0; 2.0 describes each series. */
  readonly metadata: number
}

export const NOTHING: Counts = { samples: 0, histograms: 0, exemplars: 0, metadata: 0 }

export interface BlockFacts {
  readonly protocol: Protocol
  readonly counts: Counts
  /** Milliseconds since the epoch, over all samples and histograms; both 0 when there are none. */
  readonly minTimestamp: number
  readonly maxTimestamp: number
  /** Order domains, unsigned 32-bit numbers: blocks that share one must be delivered one after the other. */
  readonly orders: ReadonlySet<number>
  /** When its first sample came, in ms since the epoch. */
  readonly createdAt: number
}

/** A finished request. */
export interface Block extends BlockFacts {
  /** Compressed, ready to be sent. Its whole buffer belongs to the block. */
  readonly body: Uint8Array<ArrayBuffer>
  /** Before compression. */
  readonly rawBytes: number
}

/**
 * What came into an open block since the part before: snappy elements without preamble. The body of the block is a preamble with
 * the sum of all raw bytes, then `head` of every part, then `tail` of every part. The bytes are valid during the call only.
 */
export interface Part extends BlockFacts {
  /** Symbols of 2.0; empty in 1.0. */
  readonly head: Uint8Array
  readonly headRawBytes: number
  readonly tail: Uint8Array
  readonly tailRawBytes: number
}
