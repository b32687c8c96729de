import fc from "fast-check";
import { expect, test } from "vitest";
import type { Happening, Surroundings } from "../events/happening.ts";
import { findTemplateFault, wordTemplate } from "./template.ts";

const AROUND: Surroundings = {
  repository: {
    ...{ isPublic: true, isOfficial: false, createdAt: new Date(0) },
    ...{ description: "", fullDescription: "" },
  },
  baseUrl: "https://hub.example.com",
  source: { addr: "hub:5000", instanceID: "x" },
  newCallbackId: () => "x",
};

function happening(actor: string, tags: readonly string[] = ["1"]): Happening {
  return {
    ...{ id: "1", topic: "manifest.pushed", kind: "push", repository: "acme/app" },
    ...{ account: "acme", name: "acme/app", digest: "sha256:a", size: 7, tags, actor },
    details: {},
    at: new Date(0),
  };
}

test("whatever a value holds stays within the text it was put into", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (actor) => {
      const template = '{"a":"<{{actor}}>","b":["{{actor}}{{tag}}"],"c":1}';
      const [message] = wordTemplate(template, happening(actor), AROUND);
      expect(JSON.parse(message?.body ?? "")).toEqual({
        a: `<${actor}>`,
        b: [`${actor}1`],
        c: 1,
      });
    }),
    { numRuns: 50 },
  );
});

test("words within a value are not read again", () => {
  const [message] = wordTemplate('{"a":"{{actor}}"}', happening("{{digest}}"), AROUND);
  expect(JSON.parse(message?.body ?? "")).toEqual({ a: "{{digest}}" });
});

test("there is one message for each tag, and one for what has none", () => {
  const template = '{"tag":"{{tag}}"}';
  expect(wordTemplate(template, happening("a", ["1", "2"]), AROUND)).toHaveLength(2);
  expect(wordTemplate(template, happening("a", []), AROUND)).toHaveLength(1);
});

test.each([
  ["nothing", /JSON/],
  ['{"a":"{{constructor}}"}', /no word/],
  ['{"a":"{{}}"}', /no word/],
  [`"${"x".repeat(20_000)}"`, /bytes/],
  [`${"[".repeat(5000)}${"]".repeat(5000)}`, /deep/],
  [JSON.stringify({ a: "{{tag}}".repeat(201) }), /at most 200/],
])("%.40s is refused", (template, why) => {
  expect(findTemplateFault(template)).toMatch(why);
});

test("what only looks like a word stays as it is", () => {
  expect(findTemplateFault('{"a":"{tag} {{tag"}')).toBeUndefined();
});
