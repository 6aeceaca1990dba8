/** Targets that stand in the configuration itself. */
import { type Expression, textObject } from './alloy.ts'
import type { Fields } from './fields.ts'
import { fail } from './remarks.ts'

/**
 * One object for each target, its address and its labels. Addresses that are URLs are a mistake, unless rules are going to
 * take them apart: `relabelled`.
 */
export function staticTargets(job: Fields, relabelled: boolean): readonly Expression[] {
  return job.sections('static_configs').flatMap((group) => {
    const labels = group.textMap('labels') ?? new Map()
    const addresses = group.texts('targets') ?? []
    group.rest()
    return addresses.map((address, index) => {
      if (address.includes('/') && !relabelled) {
        const place = placeOfItem(group, index)
        const hint = 'write host:port here, and the rest into scheme and metrics_path of the job'
        fail(job.scope.report, place, `${JSON.stringify(withoutLogin(address))} is not a valid hostname`, hint)
      }
      return textObject(new Map([...labels, ['__address__', address]])) as Expression
    })
  })
}

/** Whoever writes a URL here may have written a password into it. */
function withoutLogin(address: string): string {
  return address.replace(/[^/]*@/g, '')
}

function placeOfItem(group: Fields, index: number): Fields['place'] {
  const targets = group.tree('targets')
  return targets?.kind === 'list' ? (targets.items[index]?.place ?? targets.place) : group.place
}

/** As an argument: nothing, the one source itself, or several joined. */
export function joinedTargets(discovered: readonly Expression[], inline: readonly Expression[]): Expression {
  const sources = [...discovered, ...inline.map((target) => `[${target}]`)]
  if (sources.length === 0) return '[]'
  if (sources.length === 1) return sources[0]
  return `array.concat(\n${sources.map((source) => `${source},\n`).join('')})`
}
