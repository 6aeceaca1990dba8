/** What a question may be about. */

/** All nodes, or the asked one alone. */
export type Scope = 'fleet' | 'node'

/** Which target is to be explained. */
export type ExplainQuery =
  | { readonly component: string; readonly key: string }
  | { readonly search: string; readonly component: string | undefined }
