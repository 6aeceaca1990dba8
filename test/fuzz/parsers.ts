/** Every parser that reads what the network or the disk says. test/fuzz/complete.test.ts tells which is missing. */
import type { Parser } from './parser.ts'
import { adapterParsers } from './parsers/adapters.ts'
import { answerParsers } from './parsers/answers.ts'
import { clusterParsers } from './parsers/cluster.ts'
import { commandLineParsers } from './parsers/command-line.ts'
import { decodedParsers } from './parsers/decoded.ts'
import { discoveryParsers } from './parsers/discovery.ts'
import { expositionParsers } from './parsers/exposition.ts'
import { fleetParsers } from './parsers/fleet.ts'
import { http2Parsers } from './parsers/http2.ts'
import { kubernetesParsers } from './parsers/kubernetes.ts'
import { languageParsers } from './parsers/language.ts'
import { patternParsers } from './parsers/patterns.ts'
import { questionParsers } from './parsers/questions.ts'
import { queueParsers } from './parsers/queue.ts'
import { wholeParsers } from './parsers/wholes.ts'

export const PARSERS: readonly Parser[] = [
  ...adapterParsers,
  ...answerParsers,
  ...clusterParsers,
  ...commandLineParsers,
  ...decodedParsers,
  ...discoveryParsers,
  ...expositionParsers,
  ...fleetParsers,
  ...http2Parsers,
  ...kubernetesParsers,
  ...languageParsers,
  ...patternParsers,
  ...questionParsers,
  ...queueParsers,
  ...wholeParsers,
]
