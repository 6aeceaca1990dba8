/** Style sheets are bundled by scripts/ui.mjs; their import says nothing to TypeScript. */
declare module '*.css'
