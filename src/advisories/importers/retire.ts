import { z } from "zod";
import { readJsonMembers } from "../../lib/json-members.ts";
import { omitUndefined } from "../../lib/omit-undefined.ts";
import { formatInterval, type Interval } from "../interval.ts";
import type { FeedRecord, Importer } from "../record.ts";
import { listCves } from "./cve-ids.ts";
import { readSeverity } from "./severity-words.ts";

const SOURCE = "retire";

const range = z.object({ below: z.string().optional(), atOrAbove: z.string().optional() });
const component = z.object({
  npmname: z.string().optional(),
  vulnerabilities: z.array(
    z.object({
      ranges: z.array(range).optional(),
      below: z.string().optional(),
      atOrAbove: z.string().optional(),
      summary: z.string().optional(),
      severity: z.string().optional(),
      cwe: z.array(z.string()).optional(),
      info: z.array(z.string()).optional(),
      identifiers: z
        .looseObject({
          CVE: z.array(z.string()).optional(),
          githubID: z.string().optional(),
          summary: z.string().optional(),
        })
        .optional(),
    }),
  ),
});

/** RetireJS/retire.js, repository/jsrepository*.json: libraries of browsers, of which those with a name on npm are taken. */
export const retire: Importer = {
  format: "retire",
  title: "Retire.js",
  lists: "open-too",
  replaces: "source",
  recognises: ({ head }) => head.includes('"vulnerabilities"') && head.includes('"extractors"'),
  async *read({ open, date }): AsyncGenerator<FeedRecord> {
    yield { kind: "feed", source: SOURCE, ...omitUndefined({ date }) };
    for await (const { name, value } of readJsonMembers(open())) {
      const known = component.safeParse(value);
      // Settings of the scanner stand among the components.
      if (!known.success || known.data.npmname === undefined || name === "retire-example") continue;
      yield* toRecords(known.data.npmname, known.data.vulnerabilities);
    }
  },
};

type Vulnerability = z.output<typeof component>["vulnerabilities"][number];

function* toRecords(
  name: string,
  vulnerabilities: readonly Vulnerability[],
): Generator<FeedRecord> {
  for (const one of vulnerabilities) {
    const ghsa = one.identifiers?.githubID;
    const affected = (one.ranges ?? [one]).map(toInterval).map(formatInterval);
    for (const id of listIds(one)) {
      const severity = readSeverity(one.severity);
      const aliases = ghsa === undefined || ghsa === id ? undefined : [ghsa];
      const extra = omitUndefined({ severity, aliases });
      const own = { source: SOURCE, id };
      yield { kind: "affected", ...own, ecosystem: "npm", name, affected, ...extra };
      const summary = one.summary ?? one.identifiers?.summary;
      const rest = omitUndefined({ summary, references: one.info, weaknesses: one.cwe });
      yield { kind: "detail", ...own, ...rest };
    }
  }
}

/** What has neither a CVE nor an advisory of GitHub's has no name that others know. */
function listIds({ identifiers }: Vulnerability): readonly string[] {
  const cves = listCves((identifiers?.CVE ?? []).join(" "));
  if (cves.length > 0) return cves;
  return identifiers?.githubID === undefined ? [] : [identifiers.githubID];
}

function toInterval({ below, atOrAbove }: z.output<typeof range>): Interval {
  return {
    ...(atOrAbove === undefined ? {} : { from: { version: atOrAbove, isIncluded: true } }),
    ...(below === undefined ? {} : { to: { version: below, isIncluded: false } }),
  };
}
