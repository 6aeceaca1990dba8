/** The last lines of an endless feed, in runs that don't change once they are full: so that drawing costs what is new, not what is there. */

export const MAX_LINES = 5000

/** 50 runs of 100 lines. */
const RUN_LINES = 100

export interface Run {
  /** Counts up; a run keeps it. */
  readonly id: number
  readonly lines: readonly string[]
}

export interface Lines {
  add(lines: readonly string[]): void
  clear(): void
  runs(): readonly Run[]
  count(): number
}

export function createLines(): Lines {
  let runs: Run[] = []
  let next = 0
  let total = 0

  return {
    add(lines) {
      // Of a burst, nobody sees more than the end.
      for (const line of lines.slice(-MAX_LINES)) {
        const last = runs.at(-1)
        if (last === undefined || last.lines.length === RUN_LINES) runs.push({ id: next++, lines: [line] })
        // A new object: who remembers what it drew of a run sees that it has grown.
        else runs[runs.length - 1] = { id: last.id, lines: [...last.lines, line] }
        total++
      }
      while (total - runs[0]?.lines.length >= MAX_LINES) total -= runs.shift()?.lines.length ?? 0
    },
    clear() {
      runs = []
      total = 0
    },
    runs: () => runs,
    count: () => total,
  }
}

/** Those with the text in them, whatever its case. */
export function filtered(lines: readonly string[], text: string): readonly string[] {
  if (text === '') return lines
  const wanted = text.toLowerCase()
  return lines.filter((line) => line.toLowerCase().includes(wanted))
}
