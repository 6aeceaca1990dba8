/** A relabel rule on one line, for people: `replace [__address__] (.*) -> instance = $1`. Says all that the rule depends on. */
import type { RelabelRule } from './rules.ts'

export function ruleText(rule: RelabelRule): string {
  const { action, regex, targetLabel, replacement, modulus } = rule
  const source = sourceText(rule)
  switch (action) {
    case 'replace':
      return line(`${action} ${source} ${regex} -> ${targetLabel} = ${replacement}`)
    case 'keep':
    case 'drop':
      return line(`${action} ${source} ${regex}`)
    case 'keepequal':
    case 'dropequal':
      return line(`${action} ${source} = ${targetLabel}`)
    case 'hashmod':
      return line(`${action} ${source} % ${modulus} -> ${targetLabel}`)
    case 'labelmap':
      return line(`${action} ${regex} -> ${replacement}`)
    case 'labeldrop':
    case 'labelkeep':
      return line(`${action} ${regex}`)
    case 'lowercase':
    case 'uppercase':
      return line(`${action} ${source} -> ${targetLabel}`)
  }
}

function sourceText({ sourceLabels, separator }: RelabelRule): string {
  const joined = sourceLabels.length > 1 && separator !== ';' ? ` joined by ${JSON.stringify(separator)}` : ''
  return `[${sourceLabels.join(', ')}]${joined}`
}

/** Line breaks and the like, which a regex may hold, as escapes. */
function line(text: string): string {
  return text.replace(/\p{Control}/gu, (character) => {
    const escaped = JSON.stringify(character).slice(1, -1)
    return escaped === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : escaped
  })
}
