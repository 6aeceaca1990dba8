import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', 'test/interop/**', '**/node_modules/**'],
    testTimeout: 10_000,
    pool: 'forks',
  },
})

export default config
