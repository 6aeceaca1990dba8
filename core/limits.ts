/** Every bound of the agent that is not an argument of a component, each with its reason. */

const KiB = 1024
const MiB = 1024 * KiB

/**
 * Largest exposition body, uncompressed, when `body_size_limit` is off. The largest real ones (kube-state-metrics of
 * huge clusters) are near 100 MiB; a gzip bomb or an endless body must end somewhere.
 */
export const MAX_SCRAPE_BODY_BYTES: number = 256 * MiB

/**
 * Compressed bodies that inflate to more than this are inflated off the event loop: 4 MiB take about 5 ms, and nothing
 * may hold the loop for longer than 10 ms.
 */
export const MAX_INLINE_INFLATE_BYTES: number = 4 * MiB

/**
 * Bodies kept from scrape to scrape as they are, over all targets; beyond this they are kept compressed if they came so. Small
 * agents save the CPU time, large ones the memory: bodies take 150 bytes a series, compressed 10 to 16.
 */
export const MAX_PLAIN_BODY_BYTES: number = 8 * MiB

/** Longest slice of work on the event loop, in ms. A node that answers late is taken for dead by its peers. */
export const MAX_SLICE_MS = 8

/** Bytes of finished requests that one remote_write endpoint keeps in memory; beyond that the oldest are dropped and counted. */
export const MAX_QUEUE_BYTES: number = 128 * MiB

/** How much of a receiver's error answer is read and logged (the remote_write specification asks for 1 KiB at most). */
export const MAX_ERROR_BODY_BYTES: number = 1 * KiB

/** Redirects followed before giving up: the same as Go's http.Client. */
export const MAX_REDIRECTS = 10
