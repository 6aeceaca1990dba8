/** A line over the last minutes, by uPlot. Owns its canvas: colours follow the theme, the width follows the page. */

import type { ElementPart } from 'lit-html'
import { html, noChange, type TemplateResult } from 'lit-html'
import { AsyncDirective, directive } from 'lit-html/async-directive.js'
import uPlot from 'uplot'
import { inWords, minutesAgo, spanOf } from './line.ts'

export interface ChartOptions {
  readonly title: string
  /** The newest value, in words, beside the title. */
  readonly now: string
  readonly times: readonly number[]
  readonly values: readonly (number | null)[]
  readonly format: (value: number) => string
  /** For the axis, where room is scarce; else as above. */
  readonly axis?: (value: number) => string
  readonly tone: 'accent' | 'good' | 'warn' | 'bad'
}

const HEIGHT = 104

export function chart(options: ChartOptions): TemplateResult {
  return html`<figure class="chart ${options.tone}-chart"><figcaption><span>${options.title}</span><strong>${options.now}</strong></figcaption>
    <div class="plot" role="img" aria-label=${`${options.title}: ${options.now} now; ${inWords(options)}`} ${drawn(options)}></div></figure>`
}

class DrawnChart extends AsyncDirective {
  #plot: uPlot | undefined
  #element: HTMLElement | undefined
  #options: ChartOptions | undefined
  readonly #onTheme = (): void => this.#rebuild()
  readonly #resizing: ResizeObserver = new ResizeObserver(() => this.#fit())

  override render(_options: ChartOptions): typeof noChange {
    return noChange
  }

  override update(part: ElementPart, [options]: [ChartOptions]): typeof noChange {
    this.#options = options
    if (this.#element !== part.element) {
      this.#element = part.element as HTMLElement
      this.#resizing.observe(this.#element)
      document.addEventListener('themechange', this.#onTheme)
      matchMedia('(prefers-color-scheme: dark)').addEventListener('change', this.#onTheme)
    }
    if (this.#plot === undefined) this.#rebuild()
    else this.#plot.setData(dataOf(options))
    return noChange
  }

  override disconnected(): void {
    this.#resizing.disconnect()
    document.removeEventListener('themechange', this.#onTheme)
    matchMedia('(prefers-color-scheme: dark)').removeEventListener('change', this.#onTheme)
    this.#plot?.destroy()
    this.#plot = undefined
    this.#element = undefined
  }

  #fit(): void {
    const width = this.#element?.clientWidth ?? 0
    if (width === 0) return
    if (this.#plot === undefined) this.#rebuild()
    else if (this.#plot.width !== width) this.#plot.setSize({ width, height: HEIGHT })
  }

  #rebuild(): void {
    const element = this.#element
    const options = this.#options
    // Not yet in the document: the observer will tell when it is.
    if (element === undefined || options === undefined || element.clientWidth === 0) return
    this.#plot?.destroy()
    this.#plot = new uPlot(settings(options, element), dataOf(options), element)
  }
}

const drawn = directive(DrawnChart)

function dataOf({ times, values }: ChartOptions): uPlot.AlignedData {
  return [times as number[], values as (number | null)[]]
}

function settings({ format, axis = format }: ChartOptions, element: HTMLElement): uPlot.Options {
  const line = colorOf(element, '--chart')
  const text = colorOf(element, '--ink-dim')
  const grid = colorOf(element, '--line')
  const font = `11px ${getComputedStyle(element).fontFamily}`
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 4, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    scales: {
      x: { time: false, range: (plot) => spanOf(plot.data[0]) },
      y: { range: (_, __, most) => [0, most > 0 ? most * 1.15 : 1] },
    },
    axes: [
      {
        stroke: text,
        font,
        size: 22,
        gap: 4,
        space: 70,
        grid: { show: false },
        ticks: { show: false },
        values: (plot, splits) => splits.map((at) => minutesAgo(at, plot.data[0].at(-1) ?? at)),
      },
      {
        stroke: text,
        font,
        size: 46,
        gap: 4,
        space: 32,
        grid: { stroke: grid, width: 1 },
        ticks: { show: false },
        values: (_, splits) => splits.map(axis),
      },
    ],
    series: [{}, { stroke: line, width: 1.6, fill: withAlpha(line), points: { show: false }, spanGaps: false }],
    hooks: {
      setCursor: [
        (plot) => {
          const { idx } = plot.cursor
          const value = idx === null || idx === undefined ? null : plot.data[1][idx]
          element.title =
            value === null || value === undefined
              ? ''
              : `${format(value)}, ${minutesAgo(plot.data[0][idx as number], plot.data[0].at(-1) ?? 0)}`
        },
      ],
    },
  }
}

/** A canvas knows no custom properties: the browser says what they come to. */
function colorOf(element: HTMLElement, property: string): string {
  const probe = document.createElement('i')
  probe.style.color = `var(${property})`
  element.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

function withAlpha(color: string): string {
  return color.replace(/^rgb\((.*)\)$/, (_, parts: string) => `rgb(${parts.replaceAll(',', ' ')} / 12%)`)
}
