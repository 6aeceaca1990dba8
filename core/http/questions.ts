/**
 * What may be asked under `/api/v1/`: paths, what may stand behind the question mark, and what is answered. One table for whoever
 * checks requests, and for the OpenAPI document.
 */
import type { TargetSort } from '../api/targets.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { MAX_TARGETS_PER_PAGE } from '../limits.ts'

export interface Parameter {
  /** `text`: anything; `count`: a whole number; else one of these. */
  readonly kind: 'text' | 'count' | readonly string[]
  readonly doc: string
  /** What it is when it isn't given, for people. */
  readonly usually?: string
}

export interface Question {
  readonly summary: string
  readonly parameters: Readonly<Record<string, Parameter>>
  /** Name of the type in core/api. */
  readonly answer: string
}

const SCOPE: Parameter = {
  kind: ['fleet', 'node'],
  doc: '`fleet`: the asked node asks its peers as well; `node`: it tells of itself alone.',
  usually: 'fleet',
}

const SORTS: readonly TargetSort[] = ['url', 'job', 'component', 'owner', 'health', 'lastScrape', 'duration', 'samples']

export const USUAL_PAGE = 100

const SEARCH =
  'Words that must all hold: `job=node`, `instance!=10.0.0.7:9100`, with `*` for any characters; any other word is looked for in URL, labels and error.'

export type QuestionName = keyof Fleet

export const QUESTIONS: Readonly<Record<QuestionName, Question>> = {
  node: {
    summary: 'What the asked node knows by itself: who it is, whom it sees, what it scrapes.',
    parameters: {},
    answer: 'NodeReport',
  },
  cluster: {
    summary: 'The cluster as the asked node sees it, with what each peer answers, and what is wrong.',
    parameters: {},
    answer: 'ClusterView',
  },
  doctor: {
    summary: 'What is wrong with the cluster, by what its nodes say, and what to do about it.',
    parameters: {},
    answer: 'Diagnosis',
  },
  targets: {
    summary: 'Targets: who scrapes them, and how it goes.',
    parameters: {
      search: { kind: 'text', doc: SEARCH },
      health: { kind: ['up', 'down', 'unknown'], doc: 'Only those.' },
      owner: { kind: 'text', doc: 'Only those of this node.' },
      component: { kind: 'text', doc: 'Only those of this prometheus.scrape, by its id.' },
      sort: { kind: SORTS, doc: 'What they are sorted by.', usually: 'url' },
      order: { kind: ['asc', 'desc'], doc: 'In which direction.', usually: 'asc' },
      offset: { kind: 'count', doc: 'How many are passed over.', usually: '0' },
      limit: {
        kind: 'count',
        doc: `How many are listed, at most ${MAX_TARGETS_PER_PAGE}.`,
        usually: String(USUAL_PAGE),
      },
      scope: SCOPE,
    },
    answer: 'TargetsPage',
  },
  explain: {
    summary: 'Why a target is scraped where it is, since when, and how it came to its labels.',
    parameters: {
      component: { kind: 'text', doc: 'Id of its prometheus.scrape.' },
      key: { kind: 'text', doc: 'Its key, 16 hexadecimal digits; with component it says which target is meant.' },
      search: { kind: 'text', doc: `In place of key. ${SEARCH}` },
    },
    answer: 'ExplainAnswer',
  },
  ownership: {
    summary: 'How the targets of each component are shared, and what changed lately.',
    parameters: {},
    answer: 'OwnershipView',
  },
  ring: {
    summary: 'The hash ring: whose tokens lie where, and what share each node has.',
    parameters: {},
    answer: 'RingView',
  },
  queues: {
    summary: 'What waits to be sent to each receiver, and how sending goes.',
    parameters: { scope: SCOPE },
    answer: 'QueuesView',
  },
}
