import { afterAll, expect } from "vitest";
import { findLeaks, watchRequests } from "./canaries.ts";

const watch = watchRequests();

// Registered before those of the test file, so it runs after them: the hubs have stopped and written everything.
afterAll(() => {
  watch[Symbol.dispose]();
  expect(findLeaks(), "secrets that a hub has logged (S82)").toEqual([]);
});
