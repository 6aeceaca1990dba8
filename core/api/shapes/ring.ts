/** Whether something is a picture of the ring. */
import { MAX_MEMBERS } from '../../limits.ts'
import type { RingView } from '../ownership.ts'
import { isAmount, isCount, isListOf, isName, isRecord, type Shape } from './shape.ts'

export const isRingView: Shape<RingView> = isRecord<RingView>({
  node: isName,
  nodes: isListOf(
    isRecord<RingView['nodes'][number]>({ name: isName, tokens: isCount, share: isAmount, targets: isCount }),
    MAX_MEMBERS,
  ),
  arcs: isListOf(isRecord<RingView['arcs'][number]>({ to: isAmount, node: isCount })),
})
