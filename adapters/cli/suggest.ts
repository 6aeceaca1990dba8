/** "Did you mean": the known word nearest to a mistyped one. */
import { editDistance } from '../../core/syntax/suggest.ts'

/** Undefined when nothing is near enough to be meant. */
export function closest(word: string, known: readonly string[]): string | undefined {
  const allowed = Math.max(1, Math.floor(word.length / 3))
  let best: string | undefined
  let bestDistance = allowed + 1
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  if (best !== undefined) return best
  // `--listen-addr` for `--server.http.listen-addr`.
  const endings = known.filter((candidate) => word.length > 2 && candidate.endsWith(`.${word}`))
  return endings.length === 1 ? endings[0] : undefined
}
