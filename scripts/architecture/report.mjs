/** What a broken rule looks like, and how it is shown. */

/**
 * @typedef {object} Finding one broken rule, not yet tied to a place
 * @property {string} rule short name of the rule, such as `no-cycle`
 * @property {string} what what is wrong, for people
 * @property {string} mend how to put it right
 */

/** @typedef {Finding & { file: string, line: number }} Violation a finding at a place; lines count from 1 */

/**
 * @param {Violation} violation
 * @returns {string} two lines: where, rule and what; then how to mend it
 */
export function show({ file, line, rule, what, mend }) {
  return `${file}:${line}: [${rule}] ${what}\n    mend: ${mend}`
}

/** Sorts by file, then line, in place. */
export function sortViolations(violations) {
  return violations.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line))
}
