import { defineConfig, type ViteUserConfig } from 'vitest/config'

/** Whole processes talking to real peers: slow, one file after the other, so that none disturbs another's timing. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    pool: 'forks',
    fileParallelism: false,
  },
})

export default config
