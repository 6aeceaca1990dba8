/**
 * From the labels of a series to those that one endpoint sends, in the order of spec §5.5: external labels where absent,
 * write_relabel rules, then names that begin with `__` are stripped, `__name__`, `__type__` and `__unit__` excepted.
 */
import { type Labels, labelsFrom, labelValue } from '../../labels/labels.ts'
import { type CompiledRule, relabel } from '../../labels/relabel.ts'

/** What an endpoint makes of a series' labels; undefined when it does not send the series. */
export type SeriesLabels = (labels: Labels) => Labels | undefined

/** `stripped` is told the first internal label that was removed, once. */
export function seriesLabels(
  externalLabels: Labels,
  rules: readonly CompiledRule[],
  stripped: (name: string) => void,
): SeriesLabels {
  let told = false

  function strip(labels: Labels): Labels {
    let clean: string[] | undefined
    for (let i = 0; i < labels.length; i += 2) {
      if (isInternal(labels[i])) {
        clean ??= labels.slice(0, i)
        if (!told) stripped(labels[i])
        told = true
      } else clean?.push(labels[i], labels[i + 1])
    }
    return clean ?? labels
  }

  return (labels) => {
    const complete = withDefaults(labels, externalLabels)
    const relabelled = relabel(complete, rules)
    if (relabelled === undefined) return undefined
    const final = strip(relabelled)
    // The protocol demands a name; one series without it would make the receiver refuse the whole request.
    return labelValue(final, '__name__') === '' ? undefined : final
  }
}

/** The last two are there only when a scrape was asked for them. */
const SENT: ReadonlySet<string> = new Set(['__name__', '__type__', '__unit__'])

function isInternal(name: string): boolean {
  return name.startsWith('__') && !SENT.has(name)
}

function withDefaults(labels: Labels, defaults: Labels): Labels {
  if (defaults.length === 0) return labels
  const entries: [string, string][] = []
  for (let i = 0; i < defaults.length; i += 2) entries.push([defaults[i], defaults[i + 1]])
  for (let i = 0; i < labels.length; i += 2) entries.push([labels[i], labels[i + 1]])
  return labelsFrom(entries)
}
