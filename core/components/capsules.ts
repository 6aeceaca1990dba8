/** What components export for each other besides plain values. */
import type { RelabelRule } from '../labels/relabel.ts'
import type { Receiver } from '../series/batch.ts'
import { type CapsuleType, capsuleType } from '../syntax/value.ts'

/** Where samples can be forwarded to. */
export const METRICS_RECEIVER: CapsuleType<Receiver> = capsuleType<Receiver>('MetricsReceiver', {
  receives: true,
  describe: ({ name }) => `Receiver of ${name}`,
})

/** Relabel rules for others to apply. */
export const RULES: CapsuleType<readonly RelabelRule[]> = capsuleType<readonly RelabelRule[]>('RelabelRules')
