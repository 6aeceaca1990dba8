/** Types of ui.mjs, for tests. */
export function buildUi(root: string, target: string): Promise<Record<string, number>>
