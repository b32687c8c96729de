import { expect, test } from "vitest";
import type { BuildStep } from "./builder.ts";
import { StepReader } from "./step-reader.ts";

test("steps, their times and what came from the cache are read from what buildah prints", () => {
  let now = 0;
  const told: BuildStep[] = [];
  const reader = new StepReader({ clock: () => now, onStep: (step) => told.push(step) });
  const print = (text: string, ms: number) => {
    reader.read(Buffer.from(text));
    now += ms;
  };
  print("[1/2] STEP 1/2: FROM scratch AS a\n[1/2] STEP 2/2: CO", 10);
  print("PY x /x\n", 5);
  print("--> Using cache 0123abcd\n[2/2] STEP 1/1: FROM a\n", 7);
  print("STEP 9/9 is what a program prints, too\n", 3);
  expect(reader.end()).toEqual([
    { number: 1, text: "FROM scratch AS a", ms: 10, isCached: false },
    { number: 2, text: "COPY x /x", ms: 5, isCached: true },
    { number: 3, text: "FROM a", ms: 10, isCached: false },
  ]);
  expect(told).toHaveLength(3);
});
