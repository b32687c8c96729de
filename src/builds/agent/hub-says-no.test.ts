import { expect, test } from "vitest";
import { describeRefusal, HubSaysNo } from "./hub-says-no.ts";

const problem = (status: number, title: string, detail?: string) =>
  JSON.stringify({ type: "about:blank", title, status, detail });

test("an agent whose token the hub does not know is told so, and what to do", () => {
  const error = describeRefusal(401, problem(401, "authentication required"));
  expect(error).toBeInstanceOf(HubSaysNo);
  expect(error.message).toContain("does not know this token");
  expect(error.message).toContain("berth build agents add");
  expect(error.message).not.toContain("{");
});

test.each([
  [404, true],
  [503, false],
  [429, false],
])("an agent passes on the hub's sentence of a %d", (status, isFinal) => {
  const error = describeRefusal(status, problem(status, "title", "what is wrong"));
  expect(error.message).toBe(`the hub answered ${status}: what is wrong`);
  expect(error instanceof HubSaysNo).toBe(isFinal);
});

test.each([
  [401, true],
  [404, true],
  [502, false],
])("an agent knows a %d that is not of a hub", (status, isFinal) => {
  const error = describeRefusal(status, "<html>nginx</html>");
  expect(error.message).toContain("check the address of --hub");
  expect(error.message).not.toContain("<html>");
  expect(error instanceof HubSaysNo).toBe(isFinal);
});
