import { z } from "zod";
import { omitUndefined } from "../../lib/omit-undefined.ts";
import type { FeedRecord, Importer } from "../record.ts";
import { readRecords } from "./json-records.ts";

const SOURCE = "vulnrichment";

const vectors = z.record(z.string(), z.string());
const line = z.object({
  id: z.string(),
  p: z.string(),
  cna: vectors.optional(),
  adp: vectors.optional(),
  cwe: z.array(z.string()).optional(),
  ssvc: z.array(z.string()).optional(),
  d: z.string().optional(),
});

/** CISA's additions to CVE records, one a line: vectors, weaknesses, and its triage. */
export const vulnrichment: Importer = {
  format: "vulnrichment-lines",
  title: "CISA vulnrichment",
  lists: "open-too",
  replaces: "source",
  recognises: ({ head }) => /^\{"id":"CVE-[^"]+","p":"[^"]+","by":/.test(head),
  async *read({ open }): AsyncGenerator<FeedRecord> {
    for await (const one of readRecords(open(), line)) {
      yield { kind: "feed", source: SOURCE, date: one.p };
      const all = [...Object.values(one.cna ?? {}), ...Object.values(one.adp ?? {})];
      const cvss = all.length === 0 ? undefined : [...new Set(all.map(withoutTemporal))];
      const { cwe: weaknesses, ssvc, d: summary, p: published } = one;
      const rest = omitUndefined({ cvss, weaknesses, ssvc, summary });
      yield { kind: "detail", source: SOURCE, id: one.id, published, ...rest };
    }
  },
};

/** How mature exploits are changes; the base score must not depend on the day it was written. */
function withoutTemporal(vector: string): string {
  if (vector.startsWith("CVSS:4")) return vector;
  return vector
    .split("/")
    .filter((metric) => !/^(E|RL|RC):/.test(metric))
    .join("/");
}
