import fc from "fast-check";
import { expect, test } from "vitest";
import { type Anchor, ChainCheck, chain, type Entry, type EntryFacts, GENESIS } from "./entry.ts";

const word = fc.string({ maxLength: 8 });
const facts = fc.record({
  at: fc.nat(),
  action: word,
  account: word,
  name: word,
  actor: word,
  actorId: fc.option(fc.nat()),
  credential: fc.option(word),
  address: word,
  client: word,
  outcome: fc.constantFrom("done" as const, "refused" as const),
  before: fc.option(word),
  after: fc.option(word),
});
const trail = fc.array(facts, { minLength: 3, maxLength: 12 }).map(build);

function build(list: readonly Omit<EntryFacts, "seq">[]): readonly Entry[] {
  let head: Anchor = GENESIS;
  return list.map((one) => {
    const entry = chain({ ...one, seq: head.seq + 1 }, head);
    head = entry;
    return entry;
  });
}

function faultOf(entries: readonly Entry[], head?: string) {
  const check = new ChainCheck(GENESIS, head);
  for (const entry of entries) check.add(entry);
  return check.end();
}

test("a trail that nobody touched is whole", () => {
  fc.assert(
    fc.property(trail, (entries) => {
      expect(faultOf(entries)).toBeUndefined();
    }),
  );
});

test.each([
  "at",
  "action",
  "account",
  "name",
  "actor",
  "actorId",
  "credential",
  "address",
  "client",
  "outcome",
  "before",
  "after",
  "previous",
  "hash",
  "seq",
] as const)("a changed %s is found", (field) => {
  fc.assert(
    fc.property(trail, fc.nat(), (entries, at) => {
      const index = at % entries.length;
      const changed = entries.map((entry, position) =>
        position === index
          ? { ...entry, [field]: typeof entry[field] === "number" ? 7_777_777_777 : "x#changed" }
          : entry,
      );
      expect(faultOf(changed as Entry[])).toBeDefined();
    }),
  );
});

test("what is moved from one text to the next is found", () => {
  const [entry] = build([{ ...SAMPLE, account: "ab", name: "c" }]);
  if (entry === undefined) throw new Error("no entry");
  expect(faultOf([{ ...entry, account: "a", name: "bc" }])).toBeDefined();
});

test("a removed entry is found, at the beginning and in the middle; at the end by its head", () => {
  fc.assert(
    fc.property(trail, fc.nat(), (entries, at) => {
      const index = at % entries.length;
      const head = entries.at(-1)?.hash;
      expect(faultOf(entries.toSpliced(index, 1), head)).toBeDefined();
    }),
  );
});

test("entries in another order are found", () => {
  fc.assert(
    fc.property(trail, fc.nat(), (entries, at) => {
      const index = at % (entries.length - 1);
      const [one, other] = entries.slice(index);
      if (one === undefined || other === undefined) throw new Error("too short");
      expect(faultOf(entries.toSpliced(index, 2, other, one))).toBeDefined();
    }),
  );
});

test("an inserted entry is found, with numbers and hashes made to fit", () => {
  fc.assert(
    fc.property(trail, facts, fc.nat(), (entries, added, at) => {
      const index = at % entries.length;
      const before = entries[index - 1] ?? GENESIS;
      const forged = chain({ ...added, seq: before.seq + 1 }, before);
      const later = entries.slice(index).map((entry) => ({ ...entry, seq: entry.seq + 1 }));
      expect(faultOf([...entries.slice(0, index), forged, ...later])).toBeDefined();
    }),
  );
});

test("a trail that was made anew from some entry on is found by its former head", () => {
  fc.assert(
    fc.property(trail, fc.nat(), (entries, at) => {
      const index = at % entries.length;
      const anew = build(
        entries.map((entry, position) =>
          position < index ? entry : { ...entry, name: `${entry.name}!` },
        ),
      );
      expect(faultOf(anew)).toBeUndefined();
      expect(faultOf(anew, entries.at(-1)?.hash)).toBeDefined();
    }),
  );
});

const SAMPLE: Omit<EntryFacts, "seq"> = {
  at: 1,
  action: "repo.tag.push",
  account: "acme",
  name: "acme/api:1",
  actor: "alice",
  actorId: 1,
  credential: null,
  address: "192.0.2.1",
  client: "docker",
  outcome: "done",
  before: null,
  after: null,
};
