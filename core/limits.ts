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

/**
 * What one body may become when it is decoded as a whole (protobuf, converted histograms), bytes by estimate. Real ones take two to
 * four times their size as exposed; a hostile one could repeat a long label for each of a million empty buckets.
 */
export const MAX_DECODED_BYTES: number = 1024 * MiB

/** Bytes of one metric of a protobuf body, and those of its series as text: decoded in one go. A histogram with 160 buckets takes 5 KiB. */
export const MAX_METRIC_BYTES: number = 1 * MiB
export const MAX_METRIC_TEXT_BYTES: number = 4 * MiB

/** Buckets, spans or quantiles of one metric of a protobuf body; instrumentation libraries stop at 160, what they may be asked for is some thousands. */
export const MAX_METRIC_BUCKETS = 8_192

/** Exemplars whose labels, names and values together, are longer than this are dropped: OpenMetrics sets the bound, Prometheus keeps it. */
export const MAX_EXEMPLAR_CODE_POINTS = 128

/** Longest slice of work on the event loop, in ms. A node that answers late is taken for dead by its peers. */
export const MAX_SLICE_MS = 5

/** Bytes of finished requests that one remote_write endpoint keeps in memory; beyond that the oldest are dropped and counted. */
export const MAX_QUEUE_BYTES: number = 128 * MiB

/** Families that a remote_write 1.0 endpoint knows to tell its receiver, and characters of them; large clusters have some thousands. */
export const MAX_FAMILIES = 20_000
export const MAX_FAMILY_CHARACTERS: number = 4 * MiB

/**
 * Bytes of one file of a queue on disk, after which another begins: what is dropped at once when the disk is full, and what is
 * kept until the last block in it is delivered.
 */
export const MAX_SEGMENT_BYTES: number = 4 * MiB

/** Bytes that one queue has on their way to the disk; beyond that blocks wait as they are. A write of this takes some 10 ms. */
export const MAX_UNWRITTEN_BYTES: number = 1 * MiB

/** How much of a file of a queue is read at a time. */
export const QUEUE_READ_BYTES: number = 256 * KiB

/**
 * Uncompressed bytes of a request that is turned from remote_write 2.0 into 1.0, before and after: requests are closed at 16 MiB, and
 * long labels that many series share are repeated in 1.0. What is longer is dropped and counted.
 */
export const MAX_TRANSCODED_BYTES: number = 64 * MiB

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

/**
 * Bytes of one answer of a peer's API. A node of a cluster of a thousand takes 0.3 MiB for what it knows of them, a page of a
 * thousand targets 0.5 MiB; reading 8 MiB holds the event loop for some 40 ms, which only a peer that means ill makes it do.
 */
export const MAX_ANSWER_BYTES: number = 8 * MiB

/**
 * Characters of a name in an answer of the API: of nodes, which have 512 bytes at most, of addresses, versions and hashes, which have
 * a tenth of that; and of any other text, such as a label, which may be an annotation of Kubernetes, where all have 256 KiB together.
 */
export const MAX_TOLD_NAME_CHARACTERS = 512
export const MAX_TOLD_TEXT_CHARACTERS: number = 256 * KiB

/** Elements of a list in an answer of the API that has no bound of its own: nodes, labels of a target, reasons, lines. Nodes are the most. */
export const MAX_TOLD_ELEMENTS = 10_000

/** Questions to peers under way at a time: answered within milliseconds, so that more of them gain nothing. */
export const MAX_QUESTIONS_UNDER_WAY = 32

/** Questions that wait for their turn: some people with open pages, in a cluster of hundreds. Beyond this they aren't asked. */
export const MAX_WAITING_QUESTIONS = 4_096

/** Answers of peers that are kept for a second, for others who ask the same, and bytes of them. */
export const MAX_SHARED_ANSWERS = 4_096
export const MAX_SHARED_ANSWER_BYTES: number = 32 * MiB

/** Addresses of `sought` at which no peer is that are asked who they are: one that answers is enough to prove a split brain. */
export const MAX_STRANGERS_ASKED = 64

/** Addresses found by the last look for peers that are remembered, to be shown and to be asked who they are. */
export const MAX_SOUGHT = 1_000

/** Times at which peers came, went or changed that are remembered: within ten minutes hundreds of nodes may restart, one by one. */
export const MAX_PEER_CHANGES = 2_000

/** Bytes of the list of pods that Kubernetes answers with; a pod takes some 10 KiB. */
export const MAX_POD_LIST_BYTES: number = 64 * MiB

/** Bytes of a page of objects of a Kubernetes API, or of the changes of some seconds. 50 pods take 0.5 MiB, nodes three times that. */
export const MAX_KUBERNETES_BODY_BYTES: number = 64 * MiB

/** Objects of one kind that are kept of a Kubernetes API, some KiB each: three times the pods that one cluster is made for. */
export const MAX_KUBERNETES_OBJECTS = 500_000

/** Names of Kubernetes labels and annotations whose form as label names is remembered, process-wide; clusters have some hundreds. */
export const MAX_REMEMBERED_META_NAMES = 20_000

/** Bytes of a bearer token; those of peers have some 200, those of people with their groups some 2,000. */
export const MAX_TOKEN_BYTES: number = 16 * KiB

/** Bytes of an issuer's key set (JWKS): a key has some 500, or 2,000 with its certificate. */
export const MAX_KEY_SET_BYTES: number = 256 * KiB

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

/**
 * Divisions of the work that a node remembers, for people who ask since when something is as it is: a restart of a hundred nodes
 * one by one makes two hundred. Each takes 8 bytes a participant.
 */
export const MAX_SHARE_RECORDS = 256

/** Names of participants up to which that history is looked through: their ring takes 5 KiB a name, kept for the next question. */
export const MAX_NAMES_LOOKED_BACK = 2_000

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

/** Targets that one discovery component exports; a million take some 1 GB of labels, and no node scrapes a tenth of them. */
export const MAX_DISCOVERED_TARGETS = 1_000_000

/** Bytes of one answer of Docker, Consul or Nomad; a container or an instance of a service takes 1 to 5 KB of it. */
export const MAX_API_ANSWER_BYTES: number = 64 * MiB

/** Requests of one discovery component under way at a time, other than queries that the server holds. */
export const MAX_API_REQUESTS = 16

/**
 * Queries that one discovery component has a server hold. Consul takes 200 connections from one address: three components
 * stay below. Those who watch more services ask at intervals instead.
 */
export const MAX_HELD_QUERIES = 60

/** Services that one discovery component watches; each is asked for by itself, so beyond this it must be told which. */
export const MAX_WATCHED_SERVICES = 10_000

/** Modules inside of each other. People nest three or four deep; a module that contains itself would never end. */
export const MAX_MODULE_DEPTH = 32

/** Components, modules and what flows between them, of one configuration: each takes some kilobytes. */
export const MAX_VERTICES = 100_000

/** Bytes of a configuration that a remote server sends, of its other answers, and of the copy on disk. Long ones have some 100 KiB. */
export const MAX_REMOTE_CONFIG_BYTES: number = 4 * MiB

/** Characters of what went wrong with a remote configuration, as it is reported to the server: all problems of a long one. */
export const MAX_REPORTED_PROBLEM_CHARACTERS: number = 16 * KiB

/**
 * Bytes of a text in YAML: a configuration together with the files that it names, or what an expression reads. Real ones have
 * some 100 KiB. It is parsed in one go, which takes about a second for each MiB.
 */
export const MAX_YAML_BYTES: number = 4 * MiB

/** Lines of a text in YAML: empty ones take a microsecond each as well. Lists of targets with a short label a line have some 100,000 lines a MiB. */
export const MAX_YAML_LINES = 500_000

/** Values that one text in YAML may stand for: aliases of aliases multiply. */
export const MAX_YAML_VALUES = 1_000_000

/** Bytes of one file or HTTP answer that lists targets; those of 100,000 targets take some 20 MB. */
export const MAX_TARGETS_BYTES: number = 64 * MiB

/** Files that one discovery component reads, one after the other. */
export const MAX_TARGET_FILES = 10_000

/** Characters of YAML that must be parsed at once, because it isn't a list that can be taken apart; this takes up to half a second. */
export const MAX_UNSPLIT_YAML_CHARACTERS: number = 256 * KiB

/** Names that one discovery component looks up at a time; each takes a socket. */
export const MAX_DNS_QUERIES = 16

/** Bytes of an HTTP answer that becomes a value of the configuration. */
export const MAX_REMOTE_CONTENT_BYTES: number = 16 * MiB

/** Targets in one answer of the API: a row takes some 500 bytes, and reading or writing a thousand takes 5 ms. */
export const MAX_TARGETS_PER_PAGE = 1000

/** Where a page of targets may end at most: all rows before it are sorted and come from the other nodes. Who has more narrows the search. */
export const MAX_TARGETS_PAGED = 100_000

/** Targets whose texts are kept from look to look, some 500 bytes each: two pages that are looked at. */
export const MAX_KEPT_TARGET_TEXTS = 2000

/** Characters of a search for targets, and words in it: each word is looked for in each target. */
export const MAX_SEARCH_CHARACTERS = 1000
export const MAX_SEARCH_WORDS = 32

/** Endless answers of the API open at a time: those of live debugging and of the rates in the graph. Each takes a connection and a buffer. */
export const MAX_LIVE_STREAMS = 32

/** Messages of live debugging that wait for one reader, who gets them once a second; those beyond are counted and never made. */
export const MAX_LIVE_MESSAGES = 1_000

/** Characters of one message of live debugging, after which it is cut: a series with 100 labels. */
export const MAX_LIVE_MESSAGE_CHARACTERS: number = 4 * KiB

/** Elements of one list or object in the arguments, exports and state of a component, as the API prints them: 250 targets in two lists take 9 ms. */
export const MAX_PRINTED_ELEMENTS = 250

/** Characters of one text there: more than a screen of a file's content, which a page asks for every five seconds. */
export const MAX_PRINTED_CHARACTERS: number = 8 * KiB

/** Lines of evidence for one trouble in the doctor's answer: more than a screen of them nobody reads. */
export const MAX_EVIDENCE = 24

/** Targets that the rules of one discovery.relabel are tried on, to find what a target was made of: up to a second of work, in slices. */
export const MAX_RELABELLINGS_TRIED = 100_000

/** Targets that are named when a search for one finds several, and those that relabelling dropped: enough to see what they have in common. */
export const MAX_EXPLAINED_MATCHES = 20

/** Names of participants in the changes that one answer lists, all together: the newest changes up to here; some 100 KB. */
export const MAX_NAMES_IN_CHANGES = 4_000

/** Arcs of a picture of the ring: more are too narrow to be seen. */
export const MAX_RING_ARCS = 2_000

/**
 * Kinds of log lines whose repetitions are counted, and characters of one that is compared: some MiB together. A node has some
 * dozens of kinds; beyond these, and of longer lines, every single one is written.
 */
export const MAX_LOG_KINDS = 512
export const MAX_LOG_KIND_CHARACTERS = 4_096

/** Different views of the cluster that the doctor compares, each with all other nodes' peers: who sees what is clear from a few. */
export const MAX_VIEWS = 8

/** Peers in the lists of all nodes that the doctor looks through in one go, 4 ms: those of 240 nodes. Of more nodes the first lists stand for all. */
export const MAX_SIGHTINGS = 60_000
