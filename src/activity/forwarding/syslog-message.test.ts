import { expect, test } from "vitest";
import { chain, GENESIS } from "../entry.ts";
import { cut, frame, toSyslogMessage } from "./syslog-message.ts";

const ENTRY = chain(
  {
    seq: 1,
    at: Date.UTC(2026, 10, 24, 12),
    action: "repo.create",
    account: "acme",
    name: 'acme/"]\\evil\n<13>1 - forged',
    actor: "alice",
    actorId: 7,
    credential: null,
    address: "192.0.2.1",
    client: "test",
    outcome: "done",
    before: null,
    after: null,
  },
  GENESIS,
);

test("a message has the form of RFC 5424, with the whole entry in it", () => {
  const message = toSyslogMessage(ENTRY, "hub 1");
  const [, structured = "", json = ""] =
    /^<110>1 2026-11-24T12:00:00\.000Z hub_1 berth - repo\.create (\[berth@32473 (?:[a-zA-Z]+="(?:[^"\\\]]|\\.)*" ?)+\]) (\{.*\})$/s.exec(
      message,
    ) ?? [];
  expect(structured).toContain('name="acme/\\"\\]\\\\evil <13>1 - forged"');
  expect(JSON.parse(json)).toEqual(ENTRY);
  // Nothing that somebody named can begin a message of its own.
  expect(message).not.toContain("\n");
});

test("refusals are warnings", () => {
  expect(toSyslogMessage({ ...ENTRY, outcome: "refused" }, "hub")).toMatch(/^<108>1 /);
});

test("a frame says how many bytes follow, not how many characters", () => {
  expect(frame("é").toString("utf8")).toBe("2 é");
});

test("what no datagram holds is cut between characters", () => {
  const text = Buffer.from("aé€😀");
  const cuts = Array.from({ length: 12 }, (_, most) => cut(text, most).toString("utf8"));
  expect(cuts).toEqual(["", "a", "a", "aé", "aé", "aé", ...Array(4).fill("aé€"), "aé€😀", "aé€😀"]);
});
