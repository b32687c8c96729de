import { expect, test } from "vitest";
import { differencesOf } from "./differences-of.ts";

test("of an environment each variable is compared, of labels each key, of the rest the whole", () => {
  const before = { Env: ["PATH=/bin", "MODE=a=b"], Labels: { team: "shop" }, Cmd: ["serve"] };
  const after = { Env: ["MODE=c", "PATH=/bin"], Labels: { team: "web" }, Cmd: ["serve", "-v"] };
  expect(differencesOf(before, after)).toEqual([
    { key: "Cmd", from: '["serve"]', to: '["serve","-v"]' },
    { key: "Env MODE", from: "a=b", to: "c" },
    { key: "Labels team", from: "shop", to: "web" },
  ]);
});

test("what is no configuration at all does not stop the comparison", () => {
  const evil = { Env: [null, 7], Labels: null, User: { a: 1 } };
  expect(differencesOf({}, evil).map(({ key }) => key)).toEqual([
    ...["Env 7", "Env null", "Labels", "User a"],
  ]);
});
