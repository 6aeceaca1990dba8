import { defineConfig, type ViteUserConfig } from 'vitest/config'

/** The agent as a whole process, again and again: tests wait for runs that are scheduled together. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/compliance/**/*.test.ts'],
    testTimeout: 400_000,
    teardownTimeout: 90_000,
    pool: 'forks',
  },
})

export default config
