/** "Did you mean": the known word nearest to a mistyped one. */
import { nearestName } from '../../core/syntax/suggest.ts'

/** Undefined when nothing is near enough to be meant. */
export function closest(word: string, known: readonly string[]): string | undefined {
  const small = word.toLowerCase()
  if (known.includes(small)) return small
  return nearestName(small, known) ?? onlyOneEndingIn(word, known)
}

/** `--listen-addr` for `--server.http.listen-addr`. */
function onlyOneEndingIn(word: string, known: readonly string[]): string | undefined {
  const endings = known.filter((candidate) => word.length > 2 && candidate.endsWith(`.${word}`))
  return endings.length === 1 ? endings[0] : undefined
}
