import { expect, test } from "vitest";
import { type Judge, type Judgement, judgeAnew, NO_ADVISORIES } from "./judge.ts";

const SEEN = { inventory: { packages: [], problems: [] }, instructions: [] };
const BEFORE = {
  findings: [{ id: "CVE-2021-44228" }],
  coverage: [{ ecosystem: "Maven", packages: 1, advisories: 7, newest: null, listsOpen: false }],
  setAside: [],
} as unknown as Judgement;
const NOTHING: Judgement = { findings: [], coverage: [], setAside: [] };
const KNOWING: Judge = { revision: "7/2", judge: () => NOTHING };

test("an image that is looked at again without advisories keeps what was found in it", () => {
  expect(judgeAnew(NO_ADVISORIES, SEEN, BEFORE)).toEqual(BEFORE);
  expect(judgeAnew(NO_ADVISORIES, SEEN, undefined)).toEqual(NOTHING);
  expect(judgeAnew(KNOWING, SEEN, BEFORE)).toEqual(NOTHING);
});
