import { onTestFailed } from "vitest";
import { Randomness } from "../harness/randomness.ts";

/** Randomness for the test that runs; if it fails, the seed that repeats it is printed. */
export function seeded(): Randomness {
  const random = new Randomness();
  onTestFailed(() => console.error(`repeat it with BERTH_TEST_SEED=${random.seed}`));
  return random;
}
