import { z } from "zod";
import { before } from "../interval.ts";
import { FeedError, type FeedRecord, type Importer } from "../record.ts";
import { debianEcosystem } from "./debian-releases.ts";
import { readRecords } from "./json-records.ts";

const line = z.object({
  source: z.string(),
  /** Code name; the first files of this form were about bookworm and did not say so. */
  release: z.string().default("bookworm"),
  fixed: z.record(
    z.string(),
    z.object({ date: z.string(), suite: z.string().optional(), cves: z.array(z.string()) }),
  ),
});

/** Fixed versions as the changelogs inside .deb files name them: what `berth advisories from-changelogs` writes. */
export const debianChangelogs: Importer = {
  format: "debian-changelogs",
  title: "Debian changelogs",
  lists: "fixed-only",
  replaces: "source",
  recognises: ({ head }) => /^\{"source":"[^"]+",/.test(head) && head.includes('"fixed":{'),
  async *read({ open }): AsyncGenerator<FeedRecord> {
    for await (const entry of readRecords(open(), line)) yield* toRecords(entry);
  },
};

function* toRecords({
  release,
  fixed,
  source: name,
}: z.output<typeof line>): Generator<FeedRecord> {
  const ecosystem = debianEcosystem(release);
  if (ecosystem === undefined) throw new FeedError(`${release} is no release`);
  const source = `debian-changelogs-${release}`;
  for (const [version, { date, cves }] of Object.entries(fixed)) {
    yield { kind: "feed", source, date };
    for (const id of new Set(cves))
      yield { kind: "affected", source, ecosystem, name, id, affected: [before(version)] };
  }
}
