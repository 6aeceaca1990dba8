// Panels of Grafana dashboards, written as short as can be: what differs from panel to panel is an argument, the rest is here.
// Every panel must have a title, a description for who doesn't know the metric, and a unit.

const DATASOURCE = { type: 'prometheus', uid: '$datasource' }

/**
 * @typedef {object} Query
 * @property {string} expr
 * @property {string} [legend] `{{label}}`s are replaced
 * @property {string} [as] for tables: the letter by which transformations know it
 * @property {boolean} [heat] buckets of a heatmap
 *
 * @typedef {object} Panel
 * @property {string} title
 * @property {string} description
 * @property {string} unit Grafana's name of it; `none` is a plain number
 * @property {number} width of 24
 * @property {number} height
 * @property {(place: object) => object} json
 */

/** @param {string} expr @param {string} [legend] @returns {Query} */
export function query(expr, legend = '') {
  return { expr, legend }
}

/**
 * Lines over time.
 * @param {object} from
 * @param {string} from.title
 * @param {string} from.description
 * @param {string} from.unit
 * @param {readonly Query[]} from.queries
 * @param {number} [from.width]
 * @param {number} [from.height]
 * @param {boolean} [from.stacked]
 * @param {number} [from.max] of the axis
 * @returns {Panel}
 */
export function graph({ title, description, unit, queries, width = 8, height = 8, stacked = false, max }) {
  return panel('timeseries', { title, description, unit, width, height }, queries, {
    defaults: {
      min: unit === 'none' || stacked ? 0 : undefined,
      max,
      custom: {
        drawStyle: 'line',
        lineWidth: 1,
        fillOpacity: stacked ? 30 : 5,
        showPoints: 'never',
        stacking: { mode: stacked ? 'normal' : 'none' },
      },
    },
    options: {
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  })
}

/**
 * One number as it is now.
 * @param {object} from
 * @param {string} from.title
 * @param {string} from.description
 * @param {string} from.unit
 * @param {Query} from.query
 * @param {number} [from.width]
 * @param {number} [from.height]
 * @param {number} [from.badFrom] red from this value on
 * @param {number} [from.badBelow] red below this value
 * @param {Readonly<Record<string, readonly [string, string]>>} [from.words] value -> text and colour
 * @returns {Panel}
 */
export function stat({ title, description, unit, query: one, width = 4, height = 4, badFrom, badBelow, words }) {
  return panel('stat', { title, description, unit, width, height }, [{ ...one, now: true }], {
    defaults: {
      thresholds: { mode: 'absolute', steps: steps(badFrom, badBelow) },
      mappings: words && [{ type: 'value', options: wordsOf(words) }],
    },
    options: {
      colorMode: 'value',
      graphMode: 'none',
      textMode: 'auto',
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    },
  })
}

/**
 * Words instead of numbers, over time.
 * @param {object} from
 * @param {string} from.title
 * @param {string} from.description
 * @param {readonly Query[]} from.queries
 * @param {Readonly<Record<string, readonly [string, string]>>} from.words value -> text and colour
 * @param {number} [from.width]
 * @param {number} [from.height]
 * @returns {Panel}
 */
export function timeline({ title, description, queries, words, width = 24, height = 4 }) {
  return panel('state-timeline', { title, description, unit: 'none', width, height }, queries, {
    defaults: { mappings: [{ type: 'value', options: wordsOf(words) }], custom: { fillOpacity: 80, lineWidth: 0 } },
    options: { mergeValues: true, showValue: 'auto', legend: { showLegend: false } },
  })
}

/**
 * How many observations fell into which bucket, over time.
 * @param {object} from
 * @param {string} from.title
 * @param {string} from.description
 * @param {string} from.unit of the buckets
 * @param {string} from.expr with the label `le`
 * @param {number} [from.width]
 * @param {number} [from.height]
 * @returns {Panel}
 */
export function heatmap({ title, description, unit, expr, width = 8, height = 8 }) {
  return panel('heatmap', { title, description, unit, width, height }, [{ expr, legend: '{{le}}', heat: true }], {
    options: {
      calculate: false,
      yAxis: { unit },
      color: { mode: 'scheme', scheme: 'Oranges', steps: 64 },
      tooltip: { mode: 'single', yHistogram: false },
    },
  })
}

/**
 * One row for each value of `key`, with a column for each query.
 * @param {object} from
 * @param {string} from.title
 * @param {string} from.description
 * @param {string} from.key label by which the queries are joined
 * @param {readonly { readonly name: string; readonly expr: string; readonly unit?: string }[]} from.columns of numbers
 * @param {Readonly<Record<string, string>>} [from.labels] further labels of the first query to show, with their headings
 * @param {readonly string[]} [from.hidden] other labels of the queries
 * @param {readonly { readonly title: string; readonly url: string }[]} [from.links] on the key
 * @param {number} [from.width]
 * @param {number} [from.height]
 * @returns {Panel}
 */
export function table({ title, description, key, columns, labels = {}, hidden = [], links, width = 24, height = 8 }) {
  const letters = columns.map((_, i) => String.fromCharCode(65 + i))
  const values = columns.map(({ name }, i) => [`Value #${letters[i]}`, name])
  const queries = columns.map(({ expr }) => ({ expr, now: true, table: true }))
  const overrides = columns.flatMap(({ name, unit }) =>
    unit === undefined ? [] : [{ matcher: { id: 'byName', options: name }, properties: [{ id: 'unit', value: unit }] }],
  )
  const linked = links && [{ matcher: { id: 'byName', options: key }, properties: [{ id: 'links', value: links }] }]
  const leftOut = [...hidden, ...letters.map((_, i) => (i === 0 ? 'Time' : `Time ${i + 1}`)), 'Time 1', '__name__']
  return panel('table', { title, description, unit: 'none', width, height }, queries, {
    overrides: [...overrides, ...(linked ?? [])],
    options: { showHeader: true, cellHeight: 'sm' },
    transformations: [
      { id: 'joinByField', options: { byField: key, mode: 'outer' } },
      {
        id: 'organize',
        options: {
          excludeByName: Object.fromEntries(leftOut.map((name) => [name, true])),
          renameByName: { ...Object.fromEntries(values), ...labels },
        },
      },
    ],
  })
}

function panel(type, { title, description, unit, width, height }, queries, { defaults, overrides, ...rest }) {
  return {
    title,
    description,
    unit,
    width,
    height,
    json: (place) => ({
      ...place,
      type,
      title,
      description,
      datasource: DATASOURCE,
      targets: queries.map(({ expr, legend, now, table: rows, heat }, i) => ({
        refId: String.fromCharCode(65 + i),
        datasource: DATASOURCE,
        expr,
        legendFormat: legend || undefined,
        format: rows ? 'table' : heat ? 'heatmap' : 'time_series',
        instant: now === true,
        range: now !== true,
      })),
      fieldConfig: { defaults: { unit, ...defaults }, overrides: overrides ?? [] },
      ...rest,
    }),
  }
}

function steps(badFrom, badBelow) {
  if (badBelow !== undefined) return coloured('red', badBelow, 'green')
  return badFrom === undefined ? [{ color: 'text', value: null }] : coloured('green', badFrom, 'red')
}

function coloured(below, value, above) {
  return [
    { color: below, value: null },
    { color: above, value },
  ]
}

function wordsOf(words) {
  return Object.fromEntries(
    Object.entries(words).map(([value, [text, color]], index) => [value, { text, color, index }]),
  )
}
