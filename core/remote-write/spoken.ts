/**
 * Which version of remote_write an endpoint speaks: the one it is told to, or, in automatic mode, 2.0 until the receiver
 * turns out not to know it, and 1.0 from then on.
 */
import { type Labels, sameLabels } from '../labels/labels.ts'
import type { Protocol } from './block.ts'
import type { EndpointConfig, ProtobufMessage } from './config.ts'

export interface Spoken {
  readonly protocol: Protocol
  /** Whether 1.0 may be tried on a receiver that doesn't know 2.0. */
  readonly fallback: boolean
  /** The receiver doesn't know 2.0. Returns false when that was known. */
  fallBack(): boolean
  /** The settings changed: what was found out may be true no more. */
  reset(message: ProtobufMessage): void
}

export function createSpoken(initial: ProtobufMessage): Spoken {
  let message = initial
  let fellBack = false
  return {
    get protocol() {
      return message === 'prometheus.WriteRequest' || fellBack ? '1.0' : '2.0'
    },
    get fallback() {
      return message === 'auto'
    },
    fallBack() {
      if (message !== 'auto' || fellBack) return false
      fellBack = true
      return true
    },
    reset(next) {
      message = next
      fellBack = false
    },
  }
}

interface Encoded {
  readonly config: EndpointConfig
  readonly externalLabels: Labels
}

/** Whether series that are encoded with one of these settings are right with the other, in the same protocol. */
export function sameEncoding(a: Encoded, b: Encoded): boolean {
  return (
    sameLabels(a.externalLabels, b.externalLabels) &&
    sameRules(a.config, b.config) &&
    a.config.sendExemplars === b.config.sendExemplars &&
    a.config.sendNativeHistograms === b.config.sendNativeHistograms &&
    a.config.metadata.send === b.config.metadata.send
  )
}

export function sameConfig(a: EndpointConfig, b: EndpointConfig): boolean {
  const { writeRelabel: _a, ...restA } = a
  const { writeRelabel: _b, ...restB } = b
  return sameRules(a, b) && JSON.stringify(restA) === JSON.stringify(restB)
}

function sameRules({ writeRelabel: a }: EndpointConfig, { writeRelabel: b }: EndpointConfig): boolean {
  return JSON.stringify(a.map(({ rule }) => rule)) === JSON.stringify(b.map(({ rule }) => rule))
}
