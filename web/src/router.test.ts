import { expect, test } from "vitest";
import { PLACES } from "./page-list.ts";
import { router } from "./router.tsx";

test("each page is in the list of those that are looked at in every width, colour and language", () => {
  const listed = PLACES.map(({ route }) => route);
  expect(Object.keys(router.routesByPath).sort()).toEqual(listed.sort());
});
