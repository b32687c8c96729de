import { expect, test } from "vitest";
import { toCsvLine } from "./csv.ts";
import { chain, GENESIS } from "./entry.ts";

const FACTS = {
  seq: 1,
  at: 0,
  action: "org.create",
  account: "acme",
  name: "acme",
  actor: "alice",
  actorId: 1,
  credential: null,
  address: "192.0.2.1",
  client: "docker",
  outcome: "done" as const,
  before: null,
  after: null,
};

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])(
  "%j is text for a spreadsheet, not a formula",
  (client) => {
    const line = toCsvLine(chain({ ...FACTS, client }, GENESIS));
    expect(line).toContain(`"'${client}"`);
  },
);

test("quotes, commas and line ends stay within their cell", () => {
  const line = toCsvLine(chain({ ...FACTS, client: 'a "b", c\nd' }, GENESIS));
  expect(line).toContain('"a ""b"", c\nd"');
});
