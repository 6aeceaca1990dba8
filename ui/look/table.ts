/**
 * Tables that sort by a click on a head and become cards on a narrow screen. Owns their markup; the order is the page's, since
 * it belongs into the address.
 */
import { html, nothing, type TemplateResult } from 'lit-html'
import { ifDefined } from 'lit-html/directives/if-defined.js'
import { repeat } from 'lit-html/directives/repeat.js'

export interface Column<Row> {
  readonly id: string
  readonly title: string
  readonly cell: (row: Row) => unknown
  /** What to sort by here; without it and `sortable` the column can't be sorted. */
  readonly by?: (row: Row) => string | number
  /** Sorted by the server. */
  readonly sortable?: boolean
  readonly numeric?: boolean
  /** Explains the head. */
  readonly hint?: string
  /** Takes the room that is left. */
  readonly wide?: boolean
}

export interface Order {
  readonly column: string
  readonly descending: boolean
}

export interface TableOptions<Row> {
  /** Said to those who don't see it. */
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly key: (row: Row) => unknown
  readonly order?: Order
  readonly onOrder?: (order: Order) => void
  readonly rowClass?: (row: Row) => string
  /** Below the row, over all columns; nothing for most. */
  readonly below?: (row: Row) => TemplateResult | undefined
  /** Instead of rows, when there are none. */
  readonly empty?: string | TemplateResult
}

export function table<Row>(options: TableOptions<Row>): TemplateResult {
  const { columns, rows, caption, below } = options
  return html`<div class="table-frame">
    <table class="cards">
      <caption class="sr">${caption}</caption>
      <thead><tr>${columns.map((column) => head(column, options))}</tr></thead>
      <tbody>
        ${repeat(rows, options.key, (row) => {
          const more = below?.(row)
          return html`<tr class=${`${options.rowClass?.(row) ?? ''} ${more === undefined ? '' : 'has-more'}`}>${columns.map((column, index) => cell(column, row, index))}</tr>
            ${more === undefined ? nothing : html`<tr class="more"><td colspan=${columns.length}>${more}</td></tr>`}`
        })}
        ${rows.length === 0 ? html`<tr class="empty"><td colspan=${columns.length}>${options.empty ?? 'Nothing here.'}</td></tr>` : nothing}
      </tbody>
    </table>
  </div>`
}

function head<Row>(column: Column<Row>, { order, onOrder }: TableOptions<Row>): TemplateResult {
  const { id, title, hint } = column
  const classes = classesOf(column)
  if (onOrder === undefined || (column.by === undefined && column.sortable !== true))
    return html`<th scope="col" class=${classes} title=${ifDefined(hint)}>${title}</th>`
  const mine = order?.column === id
  const descending = mine && order.descending
  // What is counted is looked at from the top first, names from the beginning.
  const next = mine ? !descending : column.numeric === true
  const arrow = html`<span class="arrow" aria-hidden="true">${mine ? (descending ? '↓' : '↑') : '↕'}</span>`
  return html`<th scope="col" class="sorts ${classes}" aria-sort=${mine ? (descending ? 'descending' : 'ascending') : 'none'}>
    <button type="button" title=${ifDefined(hint)} @click=${() => onOrder({ column: id, descending: next })}>${column.numeric === true ? html`${arrow}${title}` : html`${title}${arrow}`}</button>
  </th>`
}

/** The first column names its row. */
function cell<Row>(column: Column<Row>, row: Row, index: number): TemplateResult {
  const content = column.cell(row)
  return index === 0
    ? html`<th scope="row" class=${classesOf(column)} data-label=${column.title}>${content}</th>`
    : html`<td class=${classesOf(column)} data-label=${column.title}>${content}</td>`
}

function classesOf<Row>(column: Column<Row>): string {
  return `${column.numeric === true ? 'numeric' : ''} ${column.wide === true ? 'wide' : ''}`.trim()
}

/** A sorted copy; rows that are equal keep their order. An unknown column leaves everything as it is. */
export function sorted<Row>(rows: readonly Row[], columns: readonly Column<Row>[], order: Order): readonly Row[] {
  const by = columns.find(({ id }) => id === order.column)?.by
  if (by === undefined) return rows
  const sign = order.descending ? -1 : 1
  return [...rows].sort((a, b) => sign * compare(by(a), by(b)))
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return NAMES.compare(String(a), String(b))
}

/** `node-2` comes before `node-10`. */
const NAMES = new Intl.Collator('en', { numeric: true })

/** As addresses have it: `name`, or `-name` for the other way round. */
export function orderOf(text: string | null, otherwise: Order): Order {
  if (text === null || text === '') return otherwise
  return text.startsWith('-') ? { column: text.slice(1), descending: true } : { column: text, descending: false }
}

export function orderText({ column, descending }: Order): string {
  return descending ? `-${column}` : column
}
