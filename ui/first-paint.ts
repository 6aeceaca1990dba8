/** Runs before anything is drawn, so that nobody who chose the dark theme is dazzled first. Loaded by itself, before the app. */
import { applyTheme, rememberedTheme } from './shell/theme.ts'

applyTheme(rememberedTheme())
