import { expect, test } from "vitest";
import { SharedSlots } from "./shared-slots.ts";

test("one who holds all that are theirs leaves some to others, and gets them back", () => {
  const slots = new SharedSlots({ all: 3, each: 2 });
  const own = [slots.take("ann"), slots.take("ann")];
  expect(slots.take("ann")).toBeUndefined();
  expect(slots.take("bob")).toBeDefined();
  expect(slots.take("eve")).toBeUndefined();
  own[0]?.[Symbol.dispose]();
  own[0]?.[Symbol.dispose]();
  expect(slots.take("eve")).toBeDefined();
  expect(slots.take("ann")).toBeUndefined();
  own[1]?.[Symbol.dispose]();
  expect(slots.take("ann")).toBeDefined();
});
