/** What the server is told about its configuration: how it did, and what is in force. Each is said once, and again if it got lost. */
import { MAX_REPORTED_PROBLEM_CHARACTERS } from '../limits.ts'
import type { ApplyStatus, ConfigRequest } from './messages.ts'

export interface Report {
  readonly status: ApplyStatus
  /** What is wrong; empty unless FAILED. */
  readonly message: string
  set(status: ApplyStatus, message?: string): void
  /** The text that is in force from now on. */
  inForce(text: string): void
  /** Whether there is anything that the server hasn't been told. */
  pending(): boolean
  /** For the next request. */
  take(): Pick<ConfigRequest, 'status' | 'effectiveConfig'>
  /** That request failed. */
  lost(): void
}

export function createReport(): Report {
  let status: ApplyStatus = 'UNSET'
  let message = ''
  let effective: string | undefined
  let saidStatus: string | undefined
  let saidEffective: string | undefined
  const statusKey = (): string => `${status} ${message}`

  return {
    get status() {
      return status
    },
    get message() {
      return message
    },
    set(next, why = '') {
      status = next
      message = why.slice(0, MAX_REPORTED_PROBLEM_CHARACTERS)
    },
    inForce(text) {
      effective = text
    },
    pending: () => saidStatus !== statusKey() || saidEffective !== effective,
    take() {
      const news = {
        ...(saidStatus === statusKey() ? {} : { status: { status, message } }),
        ...(effective === undefined || saidEffective === effective ? {} : { effectiveConfig: effective }),
      }
      saidStatus = statusKey()
      saidEffective = effective
      return news
    },
    lost() {
      saidStatus = undefined
      saidEffective = undefined
    },
  }
}
