// JSON as the project's formatter leaves it: objects over several lines, lists of plain values on one if they fit.

const WIDTH = 120

/**
 * @param {unknown} value
 * @returns {string} with a line break at the end
 */
export function json(value) {
  return `${write(value, '', 0)}\n`
}

/** `before`: how many characters stand on the line already. */
function write(value, indent, before) {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const deeper = `${indent}  `
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    if (!value.some((item) => typeof item === 'object' && item !== null)) {
      const line = `[${value.map((item) => JSON.stringify(item)).join(', ')}]`
      // One more for the comma after it.
      if (before + line.length < WIDTH) return line
    }
    return `[\n${value.map((item) => deeper + write(item, deeper, deeper.length)).join(',\n')}\n${indent}]`
  }
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  if (fields.length === 0) return '{}'
  const lines = fields.map(([key, field]) => {
    const name = `${deeper}${JSON.stringify(key)}: `
    return name + write(field, deeper, name.length)
  })
  return `{\n${lines.join(',\n')}\n${indent}}`
}
