import { defineConfig, type ViteUserConfig } from 'vitest/config'

/** Clusters of skein and Grafana's own cluster library, as whole processes; three minutes of it is looking for false alarms. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 600_000,
    teardownTimeout: 30_000,
    pool: 'forks',
    fileParallelism: false,
  },
})

export default config
