/** The icons: strokes on a grid of 24, in the colour of the text around. Always beside words, so they are hidden from readers of screens. */
import { html, type SVGTemplateResult, svg, type TemplateResult } from 'lit-html'

export type IconName =
  | 'alert'
  | 'bug'
  | 'check'
  | 'close'
  | 'cluster'
  | 'components'
  | 'doctor'
  | 'down'
  | 'explain'
  | 'external'
  | 'graph'
  | 'menu'
  | 'moon'
  | 'queue'
  | 'remote'
  | 'right'
  | 'search'
  | 'sun'
  | 'system'
  | 'targets'
  | 'keyboard'

const PATHS: Readonly<Record<IconName, SVGTemplateResult>> = {
  alert: svg`<path d="M12 3.5 2.5 20h19L12 3.5Z"/><path d="M12 10v4.5M12 17.3v.1"/>`,
  bug: svg`<rect x="8" y="8" width="8" height="12" rx="4"/><path d="M12 12v8M3.5 13.5H8m8 0h4.5M4.5 20 8 17.5m11.5 2.5L16 17.5M5 8l3 2.5M19 8l-3 2.5M9.5 8V6.5a2.5 2.5 0 0 1 5 0V8"/>`,
  check: svg`<circle cx="12" cy="12" r="9"/><path d="m8 12.3 2.8 2.7L16 9.5"/>`,
  close: svg`<path d="M6 6l12 12M18 6 6 18"/>`,
  cluster: svg`<circle cx="12" cy="5" r="2.5"/><circle cx="5" cy="18" r="2.5"/><circle cx="19" cy="18" r="2.5"/><path d="M10.8 7.2 6.2 15.8M13.2 7.2l4.6 8.6M7.5 18h9"/>`,
  components: svg`<rect x="3.5" y="3.5" width="7" height="7" rx="1.5"/><rect x="13.5" y="3.5" width="7" height="7" rx="1.5"/><rect x="3.5" y="13.5" width="7" height="7" rx="1.5"/><rect x="13.5" y="13.5" width="7" height="7" rx="1.5"/>`,
  doctor: svg`<path d="M3 12h4l2.5-6.5 4.5 13 2.5-6.5H21"/>`,
  down: svg`<path d="m6 9 6 6 6-6"/>`,
  explain: svg`<circle cx="12" cy="12" r="9"/><path d="M9.3 9.3a2.7 2.7 0 1 1 4 2.4c-.9.5-1.3 1-1.3 2M12 17v.1"/>`,
  external: svg`<path d="M14 4h6v6M20 4l-9 9M10 5H6a2 2 0 0 0-2 2v11a2 2 0 0 0 2 2h11a2 2 0 0 0 2-2v-4"/>`,
  graph: svg`<rect x="3" y="4" width="7" height="5" rx="1.5"/><rect x="14" y="9.5" width="7" height="5" rx="1.5"/><rect x="3" y="15" width="7" height="5" rx="1.5"/><path d="M10 6.5h1.5a1.5 1.5 0 0 1 1.5 1.5v3M10 17.5h1.5A1.5 1.5 0 0 0 13 16v-3"/>`,
  menu: svg`<path d="M4 7h16M4 12h16M4 17h16"/>`,
  moon: svg`<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z"/>`,
  queue: svg`<path d="M4 12.5 20 4l-4.5 16-4-6.5L4 12.5Z"/><path d="M11.5 13.5 20 4"/>`,
  remote: svg`<path d="M7 18.5a4.5 4.5 0 0 1-.6-9 6 6 0 0 1 11.6 1A4 4 0 0 1 17.5 18.5H7Z"/>`,
  right: svg`<path d="m9 6 6 6-6 6"/>`,
  search: svg`<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/>`,
  sun: svg`<circle cx="12" cy="12" r="4"/><path d="M12 2.5v2.5M12 19v2.5M2.5 12H5M19 12h2.5M5.3 5.3 7 7M17 17l1.7 1.7M18.7 5.3 17 7M7 17l-1.7 1.7"/>`,
  system: svg`<rect x="3" y="4.5" width="18" height="12" rx="2"/><path d="M8.5 20h7M12 16.5V20"/>`,
  targets: svg`<circle cx="12" cy="12" r="9"/><circle cx="12" cy="12" r="5"/><circle cx="12" cy="12" r="1"/>`,
  keyboard: svg`<rect x="2.5" y="6" width="19" height="12" rx="2"/><path d="M6.5 10h.1M10 10h.1M14 10h.1M17.5 10h.1M8 14h8"/>`,
}

export function icon(name: IconName): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${PATHS[name]}</svg>`
}
