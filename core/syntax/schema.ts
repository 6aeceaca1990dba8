/**
 * How a component says which arguments it takes. A schema is data: `decode.ts` reads blocks with it, documentation is
 * generated from it, and the type of the arguments follows from it:
 *
 *   const schema = block({
 *     url: attr.required(string, 'Where to send to.'),
 *     remote_timeout: attr.optional(duration, 30_000, 'Longest time for one request.'),
 *     client: squash(httpClient),
 *     queue_config: nested.defaulted(block({ capacity: attr.optional(uint, 10_000) })),
 *     write_relabel_config: nested.repeated(rule),
 *   })
 *   type Args = Infer<typeof schema>
 *
 * Names are those of the configuration. Exported schemas need a written type: `export const rule: Schema<RuleArgs> = …`.
 */

import type { Type } from './types.ts'

export interface Schema<Args> {
  readonly fields: Fields
  /** Whether blocks of this kind must have a label, which becomes the argument `label`. */
  readonly labelled: boolean
  /** Checks what types can't: see BlockOptions. */
  validate(args: Args, report: ReportField): void
  /** Exists in the type only: carries Args. */
  readonly args?: Args
}

export type Infer<S> = S extends Schema<infer Args> ? Args : never

export type Fields = Readonly<Record<string, Field<unknown>>>

export type Field<T> = AttributeField<T> | BlockField<T> | SquashField<T> | UnavailableField

export interface AttributeField<T> {
  readonly kind: 'attribute'
  readonly type: Type<unknown>
  readonly required: boolean
  /** Of an optional attribute. */
  readonly fallback: T | undefined
  readonly doc: string
}

export interface BlockField<T> {
  readonly kind: 'block'
  readonly schema: Schema<unknown>
  /** `defaulted`: when absent, as if it were there and empty. */
  readonly occurs: 'required' | 'optional' | 'defaulted' | 'repeated'
  readonly doc: string
  readonly value?: T
}

/** Fields of another schema, written in this block, gathered under one argument. */
export interface SquashField<T> {
  readonly kind: 'squash'
  readonly schema: Schema<unknown>
  readonly doc: string
  readonly value?: T
}

/** What the language has and we don't, yet: known, and refused with the reason. Not among the arguments. */
export interface UnavailableField {
  readonly kind: 'unavailable'
  /** Absent for a block. An attribute may be there when it has its default value. */
  readonly attribute: { readonly type: Type<unknown>; readonly fallback: unknown } | undefined
  readonly reason: string
  readonly doc: string
}

/** `name: Field` → the argument's type. */
export type ArgsOf<F> = {
  readonly [K in keyof F as F[K] extends UnavailableField ? never : K]: F[K] extends AttributeField<infer T>
    ? T
    : F[K] extends BlockField<infer T>
      ? T
      : F[K] extends SquashField<infer T>
        ? T
        : never
}

/** Tells a problem; `field` puts it where that attribute or block is written, without it is at the block's name. */
export type ReportField = (message: string, field?: string, hint?: string) => void

export interface BlockOptions<Args> {
  /** Called with arguments that decoded well. Reports what doesn't go together. */
  readonly validate?: (args: Args, report: ReportField) => void
}

export function block<const F extends Fields>(fields: F, options: BlockOptions<ArgsOf<F>> = {}): Schema<ArgsOf<F>> {
  return { fields, labelled: false, validate: options.validate ?? (() => {}) }
}

/** Like `block`, for blocks that must have a label. */
export function labelledBlock<const F extends Fields>(
  fields: F,
  options: BlockOptions<ArgsOf<F> & { readonly label: string }> = {},
): Schema<ArgsOf<F> & { readonly label: string }> {
  return { fields, labelled: true, validate: options.validate ?? (() => {}) }
}

interface AttributeBuilders {
  required<T>(type: Type<T>, doc?: string): AttributeField<T>
  /** Undefined when absent. */
  optional<T>(type: Type<T>, fallback?: undefined, doc?: string): AttributeField<T | undefined>
  optional<T>(type: Type<T>, fallback: T, doc?: string): AttributeField<T>
  /** Refused unless it has the default value: `… is not supported by this version of skein yet: <reason>`. */
  unavailable<T>(type: Type<T>, fallback: T | undefined, reason: string, doc?: string): UnavailableField
}

export const attr: AttributeBuilders = {
  required: <T>(type: Type<T>, doc = ''): AttributeField<T> => ({
    kind: 'attribute',
    type,
    required: true,
    fallback: undefined,
    doc,
  }),
  optional: <T>(type: Type<T>, fallback?: T, doc = ''): AttributeField<T> => ({
    kind: 'attribute',
    type,
    required: false,
    fallback,
    doc,
  }),
  unavailable: (type, fallback, reason, doc = '') => ({
    kind: 'unavailable',
    attribute: { type, fallback },
    reason,
    doc,
  }),
}

interface NestedBuilders {
  required<A>(schema: Schema<A>, doc?: string): BlockField<A>
  /** Undefined when absent. */
  optional<A>(schema: Schema<A>, doc?: string): BlockField<A | undefined>
  /** Its defaults when absent. */
  defaulted<A>(schema: Schema<A>, doc?: string): BlockField<A>
  /** Any number of times, in source order. */
  repeated<A>(schema: Schema<A>, doc?: string): BlockField<readonly A[]>
  unavailable(reason: string, doc?: string): UnavailableField
}

export const nested: NestedBuilders = {
  required: (schema, doc = '') => ({ kind: 'block', schema, occurs: 'required', doc }),
  optional: (schema, doc = '') => ({ kind: 'block', schema, occurs: 'optional', doc }),
  defaulted: (schema, doc = '') => ({ kind: 'block', schema, occurs: 'defaulted', doc }),
  repeated: (schema, doc = '') => ({ kind: 'block', schema, occurs: 'repeated', doc }),
  unavailable: (reason, doc = '') => ({ kind: 'unavailable', attribute: undefined, reason, doc }),
}

export function squash<A>(schema: Schema<A>, doc = ''): SquashField<A> {
  return { kind: 'squash', schema, doc }
}
