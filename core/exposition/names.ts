/** Which metric and label names are valid, and how targets spell those that are not (escaping schemes). */

export type EscapingScheme = 'underscores' | 'dots' | 'values' | 'allow-utf-8'

/** `legacy` is the alphabet of Prometheus 2, `utf8` any non-empty text. */
export type NameScheme = 'legacy' | 'utf8'

const LEGACY_METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LEGACY_LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/
/** Half of a surrogate pair: such a string has no UTF-8 form. */
const LONE_SURROGATE = /\p{Surrogate}/u

function isLegacyMetricName(name: string): boolean {
  return LEGACY_METRIC_NAME.test(name)
}

export function isLegacyLabelName(name: string): boolean {
  return LEGACY_LABEL_NAME.test(name)
}

/** For metric and label names alike. */
function isUtf8Name(name: string): boolean {
  return name !== '' && !LONE_SURROGATE.test(name)
}

export function isValidMetricName(name: string, scheme: NameScheme): boolean {
  return scheme === 'legacy' ? isLegacyMetricName(name) : isUtf8Name(name)
}

export function isValidLabelName(name: string, scheme: NameScheme): boolean {
  return scheme === 'legacy' ? isLegacyLabelName(name) : isUtf8Name(name)
}

/**
 * A name as a target exposes it when this scheme was negotiated. `underscores` and `values` leave legacy names alone,
 * `dots` doubles their underscores so that the way back is unique.
 */
export function escapeName(name: string, scheme: EscapingScheme): string {
  if (name === '' || scheme === 'allow-utf-8') return name
  if (scheme !== 'dots' && isLegacyMetricName(name)) return name
  let escaped = scheme === 'values' ? 'U__' : ''
  let first = true
  for (const character of name) {
    if (character === '_' && scheme !== 'underscores') escaped += '__'
    else if (isLegacyCharacter(character, first)) escaped += character
    else escaped += replacement(character, scheme)
    first = false
  }
  return escaped
}

function isLegacyCharacter(character: string, first: boolean): boolean {
  return first ? /^[a-zA-Z_:]$/.test(character) : /^[a-zA-Z0-9_:]$/.test(character)
}

function replacement(character: string, scheme: 'underscores' | 'dots' | 'values'): string {
  if (scheme === 'underscores') return '_'
  if (scheme === 'dots') return character === '.' ? '_dot_' : '__'
  return LONE_SURROGATE.test(character) ? '_FFFD_' : `_${(character.codePointAt(0) as number).toString(16)}_`
}
