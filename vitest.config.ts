import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', 'test/interop/**', '**/node_modules/**'],
    testTimeout: 10_000,
    pool: 'forks',
    // Many of these tests wait for timers and sockets: all cores, not all but one.
    maxWorkers: '100%',
  },
})

export default config
