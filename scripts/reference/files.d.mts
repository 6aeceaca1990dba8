/** Types of files.mjs for the tests, which are TypeScript. */
import type { Facts } from './facts.d.mts'

export declare const EXAMPLES: string
export declare function exampleOf(name: string): string | undefined
export declare function referenceFiles(facts: Facts): ReadonlyMap<string, string>
