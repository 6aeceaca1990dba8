/**
 * What the agent lends to components, found by typed keys: the graph passes the bag through and knows none of it. The
 * key is declared beside the interface it stands for; the agent provides the value.
 */
import { CodedError } from '../errors.ts'

export interface ServiceKey<T> {
  readonly name: string
  /** Never set: ties the key to the type of its value. */
  readonly type?: (value: T) => T
}

/** Throws CodedError 'internal' for a service that the agent doesn't provide. */
export type Services = <T>(key: ServiceKey<T>) => T

export interface ProvidedService {
  readonly key: object
  readonly value: unknown
}

export function serviceKey<T>(name: string): ServiceKey<T> {
  return { name }
}

export function provide<T>(key: ServiceKey<T>, value: T): ProvidedService {
  return { key, value }
}

export function services(provided: readonly ProvidedService[]): Services {
  const values = new Map(provided.map(({ key, value }) => [key, value]))
  return <T>(key: ServiceKey<T>): T => {
    if (!values.has(key)) throw new CodedError('internal', `the agent provides no service ${key.name}`)
    return values.get(key) as T
  }
}
