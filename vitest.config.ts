import { availableParallelism } from 'node:os'
import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', 'test/interop/**', 'test/compliance/**', 'test/ui/browser/**', '**/node_modules/**'],
    // For what hangs, not for what is slow: the machine may be busy with several of these at a time.
    testTimeout: 30_000,
    expect: { poll: { timeout: 15_000 } },
    pool: 'forks',
    // Many of these tests wait for timers and sockets: half as many again as there are cores.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
  },
})

export default config
