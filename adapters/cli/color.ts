/** Colours in text for people: whether, and which. */

/**
 * For terminals only, and not when the environment says otherwise: NO_COLOR with any value, FORCE_COLOR=0 or false,
 * TERM=dumb. Nothing there turns colours on where no terminal is: what is piped into a file stays plain.
 */
export function showsColor(terminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (!terminal || env['NO_COLOR'] || env['TERM'] === 'dumb') return false
  return env['FORCE_COLOR'] !== '0' && env['FORCE_COLOR'] !== 'false'
}

const PAINTS = {
  red: '\x1b[31m',
  green: '\x1b[32m',
  yellow: '\x1b[33m',
  bold: '\x1b[1m',
  faint: '\x1b[2m',
} as const
export type Paint = keyof typeof PAINTS

/** As it is where there are no colours. */
export function painted(text: string, paint: Paint | undefined, color: boolean): string {
  return color && paint !== undefined && text !== '' ? `${PAINTS[paint]}${text}${PLAIN}` : text
}

const COLORS = { Error: '\x1b[31;1m', Warning: '\x1b[33;1m' } as const
const BOLD = '\x1b[1m'
const PLAIN = '\x1b[0m'

/**
 * The headers of rendered diagnostics in the colours that `renderDiagnostics` gives them: for texts that come from where
 * nobody knows of terminals. Lines of source begin with their number, so they are never taken for a header.
 */
export function paintDiagnostics(text: string, color: boolean): string {
  if (!color) return text
  return text.replace(/^(Error|Warning): (.*)$/gm, (_, label: keyof typeof COLORS, message: string) => {
    return `${COLORS[label]}${label}: ${PLAIN}${BOLD}${message}${PLAIN}`
  })
}
