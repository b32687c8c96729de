import { test } from "vitest";
import type { Randomness } from "../harness/randomness.ts";
import type { RegistryClient } from "../harness/registry-client.ts";

/** A registry under test. Everything random in a test comes from `random`, so that its seed repeats the run. */
export type Target = {
  readonly client: RegistryClient;
  readonly random: Randomness;
};

/** How the parts of the suite declare a test; titles start with a row of the checklist. */
export type Check = (title: string, body: () => Promise<void>, timeoutMs?: number) => void;

export type Suite = {
  readonly check: Check;
  readonly target: () => Target;
};

/** Declares tests with vitest; those named as known failures are asserted to fail. */
export function createCheck(knownFailures: ReadonlySet<string> = new Set()): Check {
  return (title, body, timeoutMs) => {
    const declare = knownFailures.has(title) ? test.fails : test;
    declare(title, body, timeoutMs);
  };
}

/** A repository that no other test uses, also when the registry keeps what earlier runs pushed. */
export function newRepository({ random }: Target): string {
  return `conformance/${random.word()}`;
}
