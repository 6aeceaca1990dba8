// From the measurements of all rounds to medians, ratios, a table and a verdict. Pure; prints nothing.

import { PEOPLE } from './viewer.mjs'

/** Middle value; mean of the two middle ones for an even count. NaN for none. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * One row per agent from its rounds (see measure in run.mjs), in the order in which the agents ran.
 * `cpuRatio`, `rssRatio`, `wireRatio` are to the better of the peers, that is of all agents that aren't skein; `peopleRatio` is what
 * CPU one that PEOPLE look at needs, to what the same process needs when it is left alone, and `uiRatio` the share of one of them.
 */
export function summarise(measurements) {
  const rows = [...new Set(measurements.map((one) => one.agent))].map((agent) => {
    const rounds = measurements.filter((one) => one.agent === agent)
    const cpu = rounds.map((one) => one.cpuSecondsPerMillion)
    return {
      agent,
      version: rounds[0].version,
      rounds: rounds.length,
      cpuSecondsPerMillion: median(cpu),
      cpuLowest: Math.min(...cpu),
      cpuHighest: Math.max(...cpu),
      rssMedianBytes: median(rounds.map((one) => one.rssMedianBytes)),
      rssPeakBytes: Math.max(...rounds.map((one) => one.rssPeakBytes)),
      wireBytesPerSample: median(rounds.map((one) => one.wireBytesPerSample)),
      samplesPerRequest: median(rounds.map((one) => one.samplesPerRequest)),
      samplesPerSecond: median(rounds.map((one) => one.samplesPerSecond)),
      lost: rounds.reduce((sum, one) => sum + one.lost, 0),
      exactValues: rounds.some((one) => one.exactValues === false) ? false : rounds[0].exactValues,
      peopleRatio: rounds[0].looking && median(rounds.map(({ looking }) => looking.looked / looking.alone)),
      otherLoad: median(rounds.map((one) => one.otherLoad)),
      problems: rounds.flatMap((one) => one.problems.map((problem) => `round ${one.round}: ${problem}`)),
    }
  })
  const peers = rows.filter((row) => !isSkein({ name: row.agent }))
  const best = (key) => Math.min(...peers.map((row) => row[key]))
  return rows.map((row) => ({
    ...row,
    uiRatio: row.peopleRatio && 1 + (row.peopleRatio - 1) / PEOPLE,
    cpuRatio: ratio(row.cpuSecondsPerMillion, best('cpuSecondsPerMillion')),
    rssRatio: ratio(row.rssMedianBytes, best('rssMedianBytes')),
    wireRatio: ratio(row.wireBytesPerSample, best('wireBytesPerSample')),
  }))
}

const ratio = (value, reference) => (Number.isFinite(reference) ? value / reference : undefined)

/** skein on whichever runtime; everything else is a peer. */
export const isSkein = (agent) => agent.name.startsWith('skein')

/** What broke the rules or the bars given with --max-cpu-ratio, --max-ui-ratio and --max-rss; empty when all is well. */
export function failures(rows, { maxCpuRatio, maxUiRatio, maxRss }) {
  const found = rows.flatMap((row) => row.problems.map((problem) => `${row.agent}: ${problem}`))
  for (const row of rows.filter((one) => isSkein({ name: one.agent }))) {
    if (row.exactValues === false) found.push(`${row.agent}: delivered values are not the served ones`)
    if (maxCpuRatio !== undefined && row.cpuRatio === undefined) found.push('no peer to hold --max-cpu-ratio against')
    if (row.cpuRatio > maxCpuRatio) found.push(`${row.agent}: CPU is ${row.cpuRatio.toFixed(2)}x, bar ${maxCpuRatio}x`)
    if (row.uiRatio > maxUiRatio) {
      found.push(`${row.agent}: an open page takes the CPU to ${row.uiRatio.toFixed(3)}x, bar ${maxUiRatio}x`)
    }
    if (row.rssPeakBytes > maxRss * 1e6) {
      found.push(`${row.agent}: peak RSS is ${megabytes(row.rssPeakBytes)} MB, bar ${maxRss} MB`)
    }
  }
  return found
}

/** What it costs to be looked at, a line for each agent that was. */
export function lookingLines(rows) {
  return rows
    .filter(({ uiRatio }) => uiRatio !== undefined)
    .map(
      ({ agent, peopleRatio, uiRatio }) =>
        `${agent}: ${PEOPLE} open pages take the CPU to ${peopleRatio.toFixed(3)}x, so one takes it to ${uiRatio.toFixed(3)}x`,
    )
}

/** The table as lines of text. */
export function table(rows) {
  const columns = [
    ['agent', (row) => `${row.agent} ${row.version}`],
    ['CPU-s/M', (row) => row.cpuSecondsPerMillion.toFixed(2)],
    ['(min..max)', (row) => `${row.cpuLowest.toFixed(2)}..${row.cpuHighest.toFixed(2)}`],
    ['x peer', (row) => times(row.cpuRatio)],
    ['RSS MB', (row) => megabytes(row.rssMedianBytes)],
    ['peak', (row) => megabytes(row.rssPeakBytes)],
    ['x peer', (row) => times(row.rssRatio)],
    ['wire B/sample', (row) => row.wireBytesPerSample.toFixed(1)],
    ['x peer', (row) => times(row.wireRatio)],
    ['samples/s', (row) => Math.round(row.samplesPerSecond).toString()],
    ['per request', (row) => Math.round(row.samplesPerRequest).toString()],
    ['lost', (row) => String(row.lost)],
    ['values', (row) => ({ true: 'exact', false: 'rounded' })[row.exactValues] ?? '-'],
    ['other load', (row) => (Number.isNaN(row.otherLoad) ? '-' : `${Math.round(row.otherLoad * 100)} %`)],
  ]
  const cells = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, text]) => text(row)))]
  const widths = columns.map((_, column) => Math.max(...cells.map((line) => line[column].length)))
  return cells.map((line) =>
    line.map((text, column) => (column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column]))).join('  '),
  )
}

const times = (value) => (value === undefined ? '-' : `${value.toFixed(2)}x`)
const megabytes = (bytes) => (bytes / 1e6).toFixed(0)
