import { defineConfig } from "vitest/config";

const MINUTE = 60_000;

/** Fails a test file whose hubs have logged a secret. */
const CANARY_WATCH = "./test/harness/canary-watch.ts";

/**
 * What talks to real clients, browsers and clocks may once wait too short on a busy machine: it is tried a second time, and the
 * closing line names it. What looks for lost data (faults) and what is pure (unit) has no such excuse.
 */
const SECOND_TRY = 1;

const PAGES = "test/e2e/web-*.test.ts";

// `npm run soak` repeats the same rounds for hours.
const faultTimeout = process.env.BERTH_TEST_SCALE === "soak" ? 600 * MINUTE : 5 * MINUTE;

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export
export default defineConfig({
  test: {
    // Left to itself, Vitest leaves one processor free; of two, that is half.
    maxWorkers: 2,
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
          retry: SECOND_TRY,
          setupFiles: [CANARY_WATCH],
          include: ["test/conformance/**/*.test.ts"],
          testTimeout: MINUTE,
          hookTimeout: MINUTE,
        },
      },
      {
        // Beside the quick ones: a browser and a hub each.
        test: {
          name: "web",
          retry: SECOND_TRY,
          setupFiles: [CANARY_WATCH],
          include: [PAGES],
          testTimeout: 2 * MINUTE,
          hookTimeout: 2 * MINUTE,
        },
      },
      {
        // After the quick ones, whose failures say more. Two files at a time share one Engine; see its global setup.
        test: {
          name: "e2e",
          retry: SECOND_TRY,
          setupFiles: [CANARY_WATCH],
          include: ["test/e2e/**/*.test.ts"],
          exclude: [PAGES],
          globalSetup: ["test/e2e/global-setup.ts"],
          testTimeout: 2 * MINUTE,
          hookTimeout: 2 * MINUTE,
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
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
