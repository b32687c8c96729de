import { expect, test } from "vitest";
import { describeConflict, type NamespaceName } from "./namespace-name.ts";

test("whoever cannot have a name is told whether it is that one or one that looks like it", () => {
  const acme = "acme" as NamespaceName;
  expect(describeConflict(acme, acme)).toBe('"acme" is taken, or was until lately');
  expect(describeConflict("acrne" as NamespaceName, acme)).toBe(
    '"acrne" would be taken for "acme"',
  );
});
