import { defineConfig } from "vitest/config";

const MINUTE = 60_000;

/** Fails a test file whose hubs have logged a secret. */
const CANARY_WATCH = "./test/harness/canary-watch.ts";

// `npm run soak` repeats the same rounds for hours.
const faultTimeout = process.env.BERTH_TEST_SCALE === "soak" ? 600 * MINUTE : 5 * MINUTE;

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "scripts/**/*.test.ts", "web/src/**/*.test.ts"],
          testTimeout: MINUTE,
        },
      },
      {
        test: {
          name: "conformance",
          setupFiles: [CANARY_WATCH],
          include: ["test/conformance/**/*.test.ts"],
          testTimeout: MINUTE,
          hookTimeout: MINUTE,
        },
      },
      {
        // After the others: real engines and clients want the machine for themselves.
        test: {
          name: "e2e",
          setupFiles: [CANARY_WATCH],
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: ["test/e2e/global-setup.ts"],
          testTimeout: 2 * MINUTE,
          hookTimeout: 2 * MINUTE,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "faults",
          setupFiles: [CANARY_WATCH],
          include: ["test/faults/**/*.test.ts"],
          testTimeout: faultTimeout,
          hookTimeout: 2 * MINUTE,
          // Half of each is waiting for a hub that starts or for a disk.
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
