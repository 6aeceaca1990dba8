import { defineConfig, type ViteUserConfig } from 'vitest/config'

/** The pages in a real browser, which is busy by itself: one file after the other. Needs /usr/bin/chromium, or CHROMIUM with its path. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/ui/browser/**/*.test.ts'],
    testTimeout: 90_000,
    hookTimeout: 60_000,
    pool: 'forks',
    fileParallelism: false,
  },
})

export default config
