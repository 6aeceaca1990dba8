/** Types of page.mjs for the tests, which are TypeScript. */
export interface DocumentedComponent {
  readonly name: string
  readonly stability: string
  readonly schema: { readonly fields: Readonly<Record<string, unknown>> }
}

export interface About {
  readonly does: string
  readonly exports: readonly (readonly [name: string, type: string, doc: string])[]
}

export declare const ABOUT: Readonly<Record<string, About>>

export declare function referencePage(components: readonly DocumentedComponent[]): string
