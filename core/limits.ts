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
export const MAX_SLICE_MS = 5

/** Bytes of finished requests that one remote_write endpoint keeps in memory; beyond that the oldest are dropped and counted. */
export const MAX_QUEUE_BYTES: number = 128 * MiB

/** How much of a receiver's error answer is read and logged (the remote_write specification asks for 1 KiB at most). */
export const MAX_ERROR_BODY_BYTES: number = 1 * KiB

/** Redirects followed before giving up: the same as Go's http.Client. */
export const MAX_REDIRECTS = 10

/**
 * From learning that participants have changed to acting upon it, in ms, on every node alike: what must be told and computed
 * in between never costs a scrape.
 */
export const HANDOVER_DELAY_MS = 500

/** How long a node that finds none of its peers owns nothing, in ms: peers that start together need it, its targets wait for it. */
export const MAX_JOIN_HOLD_MS = 5_000

/** Names or addresses in one log line; Alloy's number. */
export const MAX_LOGGED_PEERS = 10

/** Addresses that one look for peers may find: clusters are smaller, and a name server may say anything. */
export const MAX_DISCOVERED_PEERS = 10_000

/** Bytes of the list of pods that Kubernetes answers with; a pod takes some 10 KiB. */
export const MAX_POD_LIST_BYTES: number = 64 * MiB

/** Bytes of a bearer token of a peer; real ones have some 200. */
export const MAX_TOKEN_BYTES: number = 4 * KiB

/** Tokens that were verified and are remembered until they expire: two per peer while they overlap. */
export const MAX_VERIFIED_TOKENS = 4_096

/** Bytes of one packet between peers, on the wire and inflated: Go's send at most 10 MiB and their wrappers. */
export const MAX_PACKET_BYTES: number = 16 * MiB

/** What is sent in one packet at most: memberlist's own budget, so that every peer takes it. */
export const PACKET_BUDGET_BYTES = 10_485_760

/** Messages taken out of one packet; 10 MiB of gossip about a cluster of thousands are not half of it. */
export const MAX_PACKET_MESSAGES = 65_536

/** Wrappers (compound, compress) inside each other in one packet; peers make two. */
export const MAX_PACKET_WRAPPERS = 4

/**
 * Bytes of one exchange between peers in one direction, on the wire and inflated. 10,000 members take 2.5 MiB; inflating this
 * much holds the event loop for 40 ms, and any stranger with 13 KB can ask for it.
 */
export const MAX_EXCHANGE_BYTES: number = 16 * MiB

/** States remembered of nodes that are not members (yet): gossip about a newcomer may overtake its announcement. */
export const MAX_STRANGERS = 4096

/** Entries of a push/pull: twice what the member table takes, since Go keeps the dead in it as well. */
export const MAX_EXCHANGE_MEMBERS = 20_000

/** Members in the table of a node, the dead that are not forgotten yet included. Alloy clusters have hundreds at most; beyond this newcomers are ignored. */
export const MAX_MEMBERS = 10_000

/** Messages waiting to be gossiped, per queue: one for each member and some for those that were just forgotten. */
export const MAX_BROADCASTS = 12_000

/** Metadata of a member in bytes; memberlist's own limit for what a node may announce. */
export const MAX_META_BYTES = 512

/** Longest node name in bytes that is believed; a Kubernetes host name has 253 at most. */
export const MAX_NODE_NAME_BYTES = 512

/** Probes made for others at one time. Each member asks for one at a time and is answered within half a second. */
export const MAX_RELAYED_PROBES = 1_024

/** Names whose address is in question at one time; the rest is asked about when it is heard of again. */
export const MAX_CHALLENGES = 1_024

/**
 * Members that have a last look before they are buried at one time: refutations get lost one by one. Where half of the cluster
 * falls silent at once, a connection to each would be a burst.
 */
export const MAX_LAST_LOOKS = 32

/** Peers that are told directly of this node's own changes; gossip tells the others. More would be a burst that grows with the cluster. */
export const MAX_TOLD_DIRECTLY = 64

/** Bytes of broadcasts in one round of gossip to one peer: what a cold start of hundreds of nodes needs, and far below what blocks the event loop. */
export const MAX_GOSSIP_BYTES: number = 64 * KiB

/** Bytes and messages of broadcasts that ride on a probe or an answer, which must be quick and fit in one compound. */
export const MAX_PIGGYBACK_BYTES: number = 8 * KiB
export const MAX_PIGGYBACK_MESSAGES = 200

/** Reasons for which dropped packets are counted apart; those beyond are counted together. */
export const MAX_MALFORMED_REASONS = 64

/** Connections open at a time to the HTTP server; further ones are closed at once. A cluster of 1,000 peers uses 1,000 of them. */
export const MAX_SERVER_CONNECTIONS = 10_000

/** Requests under way at a time on one HTTP/2 connection; peers queue beyond that. A node has one packet on its way to each peer. */
export const MAX_STREAMS_PER_CONNECTION = 250

/** HTTP/2 sessions to peers kept open; beyond that the least recently used idle ones are closed. Each takes some 50 KB. */
export const MAX_PEER_SESSIONS = 256

/** Nodes whose tokens are remembered beside the ring, 4 KiB each: for those that come, go and come again. */
export const MAX_CACHED_TOKENS = 64

/**
 * Changes of participants that wait to take effect at a time. In a burst those beyond are joined with the last one, which then
 * takes effect a little later than on nodes that were told in other bits: at worst some scrapes are done twice.
 */
export const MAX_PENDING_SHARES = 32

/** Packets of one urgency that wait for one peer; when there are more the oldest is dropped. Go queues 1,000 for all peers. */
export const MAX_QUEUED_PACKETS = 256

/** Bytes of packets that wait for all peers together. */
export const MAX_QUEUED_PACKET_BYTES: number = 64 * MiB

/** Packets of one urgency under way to one peer at a time: enough that one slow answer doesn't hold up the next. */
export const MAX_PACKETS_UNDER_WAY = 4

/**
 * Peers to which something waits or is under way. A forged ping makes this node send an answer to any address, so answers may
 * take up half of the places at most.
 */
export const MAX_DESTINATIONS = 4096

/** Exchanges that peers may have open with this node at a time: memberlist's own bound. */
export const MAX_INCOMING_EXCHANGES = 127

/** Bytes of peers' requests that are held until they are complete, all requests together. */
export const MAX_INCOMING_BYTES: number = 64 * MiB
