import { expect, test } from "vitest";
import { COMMAND_GROUPS, COMMANDS } from "./commands.ts";

test("every word that several commands share says what they are for", () => {
  const names = new Set(COMMANDS.map(({ name }) => name));
  const shared = COMMANDS.flatMap(({ name }) => {
    const words = name.split(" ").slice(0, -1);
    return words.filter((_, index) => !names.has(words.slice(0, index + 1).join(" ")));
  });
  const silent = shared.filter((word) => COMMAND_GROUPS[word] === undefined);
  expect([...new Set(silent)]).toEqual([]);
});
