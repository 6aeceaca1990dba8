/** A line over the last minutes: an SVG that takes its width and its colours from where it stands. */
import { html, svg, type TemplateResult } from 'lit-html'
import { inWords, minutesAgo, nearest, niceTop, pathOf, spanOf } from './line.ts'

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

/** Of the picture; stretched to what there is. */
const WIDTH = 1000
const HEIGHT = 100

export function chart(options: ChartOptions): TemplateResult {
  const { title, now, times, values, format, axis = format, tone } = options
  const [from, to] = spanOf(times)
  const top = niceTop(values)
  const path = pathOf(times, values, { from, to, top, width: WIDTH, height: HEIGHT })
  // Behind the pointer: what the line says there.
  const tell = (event: PointerEvent): void => {
    const picture = event.currentTarget as HTMLElement
    const { left, width } = picture.getBoundingClientRect()
    const index = nearest(times, from + ((event.clientX - left) / width) * (to - from))
    const value = values[index]
    picture.title = typeof value === 'number' ? `${format(value)}, ${minutesAgo(times[index], to)}` : ''
  }
  return html`<figure class="chart ${tone}-chart"><figcaption><span>${title}</span><strong>${now}</strong></figcaption>
    <div class="plot" role="img" aria-label=${`${title}: ${now} now; ${inWords(options)}`}>
      <div class="plot-values"><span>${axis(top)}</span><span>${axis(top / 2)}</span><span>${axis(0)}</span></div>
      <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" @pointermove=${tell}>
        ${[0, HEIGHT / 2, HEIGHT].map((y) => svg`<line class="plot-grid" x2=${WIDTH} y1=${y} y2=${y}></line>`)}
        ${path.areas.map((d) => svg`<path class="plot-area" d=${d}></path>`)}
        ${path.lines.map((d) => svg`<path class="plot-line" d=${d}></path>`)}
      </svg>
      <div class="plot-times"><span>${minutesAgo(from, to)}</span><span>${minutesAgo((from + to) / 2, to)}</span><span>now</span></div>
    </div></figure>`
}
