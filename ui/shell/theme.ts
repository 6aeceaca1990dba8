/** Light, dark, or what the system says. Remembered in this browser. */

export type Theme = 'auto' | 'light' | 'dark'

export const THEMES: readonly Theme[] = ['auto', 'light', 'dark']

const PLACE = 'skein.theme'

export function rememberedTheme(): Theme {
  const kept = remembered(PLACE)
  return THEMES.find((theme) => theme === kept) ?? 'auto'
}

/** Charts draw their colours themselves: they listen to `themechange` on the document. */
export function applyTheme(theme: Theme): void {
  if (theme === 'auto') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
  document.dispatchEvent(new Event('themechange'))
}

export function chooseTheme(theme: Theme): void {
  remember(PLACE, theme)
  applyTheme(theme)
}

/** Browsers may forbid to keep anything: then it lasts as long as the page. */
export function remember(place: string, value: string): void {
  try {
    localStorage.setItem(place, value)
  } catch {
    // Forbidden, or full: nothing depends on it.
  }
}

export function remembered(place: string): string | undefined {
  try {
    return localStorage.getItem(place) ?? undefined
  } catch {
    return undefined
  }
}
