/** Types of check.mjs for the tests, which are TypeScript. */
export interface Violation {
  readonly rule: string
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly what: string
  readonly mend: string
}

export declare function checkArchitecture(root: string): { readonly files: number; readonly violations: Violation[] }
