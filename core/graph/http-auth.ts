/** The `auth` block inside of `http`: who may use the agent's own server, and for which paths that is asked. */
import { attr, block, nested, type Schema } from '../syntax/schema.ts'
import { bool, list, secret, string } from '../syntax/types.ts'
import type { Secret } from '../syntax/value.ts'

export interface HttpAuthSettings {
  readonly username: string
  /** Not to be logged. */
  readonly password: string
  /** Beginnings of paths that are protected, or, without `matching`, that are the only ones open. None: all is protected. */
  readonly paths: readonly string[]
  readonly matching: boolean
}

interface FilterArgs {
  readonly paths: readonly string[]
  readonly authenticate_matching_paths: boolean
}

export interface AuthArgs {
  readonly basic: { readonly username: string; readonly password: Secret } | undefined
  readonly filter: FilterArgs | undefined
}

export const authSchema: Schema<AuthArgs> = block(
  {
    basic: nested.optional(
      block({
        username: attr.required(string, 'User name.'),
        password: attr.required(secret, 'Password.'),
      }),
      'Basic authentication. Without it nothing is protected.',
    ),
    filter: nested.optional(
      block({
        paths: attr.optional(list(string), [], 'Beginnings of paths. When there are none, everything is protected.'),
        authenticate_matching_paths: attr.optional(
          bool,
          true,
          'Whether what begins with one of paths is protected, or everything else.',
        ),
      }),
      'What is protected. Without it everything is, but what peers of the cluster use.',
    ),
  },
  {
    validate(args, report) {
      // Alloy takes it and protects nothing, which is the opposite of what it looks like.
      if (args.filter !== undefined && args.basic === undefined) {
        report('filter protects nothing without a basic block', 'filter', 'add basic { username = "…" password = "…" }')
      }
    },
  },
)

/** Undefined when nothing is protected. */
export function authSettings({ basic, filter }: AuthArgs): HttpAuthSettings | undefined {
  if (basic === undefined) return undefined
  return {
    username: basic.username,
    password: basic.password.reveal(),
    paths: filter?.paths ?? [],
    matching: filter?.authenticate_matching_paths ?? true,
  }
}
