import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{api,docs,krew,plugin,webhook,manifests,test}/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/attacks/**'],
          // As end to end: of two cores vitest alone would use one.
          maxWorkers: 2,
          // Many of them start servers and processes, on machines that may be busy.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts', 'test/attacks/**/*.test.ts'],
          // A file starts clusters of its own. Two at a time use two cores; more would only wait for each other.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 900_000,
          // A second, which is the default, is not enough where the machine is busy; what is right is right sooner.
          expect: { poll: { timeout: 60_000, interval: 200 } },
        },
      },
    ],
  },
});
