// What is wrong with what skein did in the outage experiment, and the table of all. Pure.

const STOP_WITHIN_SECONDS = 5
/** Scrapes are a second apart: one may have been answered just before what may be lost. */
const UNDER_WAY_SECONDS = 0.05

/** What skein must not do; peers may do what they like. `mayLoseMs`: see agents.mjs. */
export function failuresOf(row, mayLoseMs) {
  if (mayLoseMs === undefined) return []
  const who = `${row.agent} ${row.mode} ${row.signal}`
  const found = []
  // Told to end, it has the time to write everything down, whether always or only then.
  const mayLose = row.signal === 'SIGTERM' && Number.isFinite(mayLoseMs) ? 0 : mayLoseMs / 1000
  if (mayLose === 0 && row.lost > 0) found.push(`${who}: lost ${row.lost} scrapes`)
  else if (row.oldestLost > mayLose + UNDER_WAY_SECONDS) {
    found.push(`${who}: lost what was scraped ${row.oldestLost.toFixed(2)} s before; allowed are ${mayLose} s`)
  }
  if (row.lostAfterRestart > 0) found.push(`${who}: lost ${row.lostAfterRestart} scrapes after the restart`)
  if (row.outOfOrder > 0) found.push(`${who}: ${row.outOfOrder} samples out of order`)
  if (row.broken.length > 0) found.push(`${who}: ${row.broken.length} requests can't be read: ${row.broken[0]}`)
  if (row.signal === 'SIGTERM') {
    if (row.stopSeconds > STOP_WITHIN_SECONDS) found.push(`${who}: took ${row.stopSeconds.toFixed(1)} s to stop`)
    if (row.ended !== 'exit 0') found.push(`${who}: told to end, it ended with ${row.ended}`)
  }
  if (row.endedAtLast !== 'exit 0') found.push(`${who}: told to end at last, it ended with ${row.endedAtLast}`)
  return found
}

/** Lines. */
export function table(rows) {
  const columns = [
    ['agent', (row) => row.agent],
    ['keeps', (row) => row.mode || '-'],
    ['signal', (row) => row.signal],
    ['served', (row) => String(row.served)],
    ['in outage', (row) => String(row.servedInOutage)],
    ['delivered', (row) => String(row.delivered)],
    ['lost', (row) => String(row.lost)],
    ['oldest lost', (row) => (row.oldestLost === undefined ? '-' : `${row.oldestLost.toFixed(1)} s`)],
    ['twice', (row) => String(row.twice)],
    ['out of order', (row) => String(row.outOfOrder)],
    ['stop', (row) => (row.signal === 'SIGKILL' ? '-' : `${row.stopSeconds.toFixed(2)} s`)],
    ['ended', (row) => row.ended],
    ['drained', (row) => `${row.drainSeconds.toFixed(1)} s`],
  ]
  const cells = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, show]) => show(row)))]
  const widths = columns.map((_, column) => Math.max(...cells.map((line) => line[column].length)))
  return cells.map((line) =>
    line.map((cell, column) => (column < 3 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join('  '),
  )
}
