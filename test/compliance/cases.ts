/** All cases of the three generations, in the order of the originals. */
import type { Case } from './case.ts'
import { ANSWERS } from './generation-a/answers.ts'
import { BATCHING } from './generation-a/batching.ts'
import { COMBINED } from './generation-a/combined.ts'
import { EDGE_CASES } from './generation-a/edge-cases.ts'
import { EXEMPLARS } from './generation-a/exemplars.ts'
import { FAILURES } from './generation-a/failures.ts'
import { FIRST_VERSION } from './generation-a/first-version.ts'
import { HISTOGRAMS } from './generation-a/histograms.ts'
import { LABELS } from './generation-a/labels.ts'
import { METADATA } from './generation-a/metadata.ts'
import { PROTOCOL } from './generation-a/protocol.ts'
import { SAMPLES } from './generation-a/samples.ts'
import { GENERATION_B } from './generation-b.ts'
import { GENERATION_C } from './generation-c.ts'

export const GENERATION_A: readonly Case[] = [
  ...[PROTOCOL, SAMPLES, LABELS, METADATA, EXEMPLARS, HISTOGRAMS, COMBINED, EDGE_CASES, BATCHING],
  ...[FAILURES, ANSWERS, FIRST_VERSION],
].flat()

export const CASES: readonly Case[] = [...GENERATION_A, ...GENERATION_B, ...GENERATION_C]
