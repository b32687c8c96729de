import { z } from "zod";
import { readJsonMembers } from "../../lib/json-members.ts";
import { omitUndefined } from "../../lib/omit-undefined.ts";
import { before, EVERYTHING } from "../interval.ts";
import {
  type AffectedRecord,
  FeedError,
  type FeedRecord,
  type Importer,
  type Severity,
} from "../record.ts";
import { debianEcosystem } from "./debian-releases.ts";

const SOURCE = "debian-tracker";

const release = z.object({
  status: z.enum(["open", "resolved", "undetermined"]),
  fixed_version: z.string().optional(),
  urgency: z.string().optional(),
  nodsa: z.string().optional(),
  nodsa_reason: z.string().optional(),
});

const vulnerability = z.object({
  description: z.string().optional(),
  scope: z.string().optional(),
  releases: z.record(z.string(), release),
});

const vulnerabilities = z.record(z.string(), vulnerability);

type Release = z.output<typeof release>;

const URGENCIES: Readonly<Record<string, Severity>> = {
  unimportant: "negligible",
  low: "low",
  "low*": "low",
  "low**": "low",
  medium: "medium",
  "medium*": "medium",
  "medium**": "medium",
  high: "high",
  "high*": "high",
  "high**": "high",
};

/** security-tracker.debian.org/tracker/data/json: package, CVE, and what it is in each release. */
export const debianTracker: Importer = {
  format: "debian-tracker",
  title: "Debian security tracker",
  lists: "open-too",
  replaces: "source",
  recognises: ({ head }) =>
    /^\s*\{\s*"[a-z0-9][a-z0-9+.-]+"\s*:\s*\{\s*"(CVE|TEMP)-[^"]+"\s*:\s*\{/.test(head) &&
    head.includes('"releases"'),
  async *read({ open, date }): AsyncGenerator<FeedRecord> {
    yield { kind: "feed", source: SOURCE, ...omitUndefined({ date }) };
    for await (const { name, value } of readJsonMembers(open())) {
      const known = vulnerabilities.safeParse(value);
      if (!known.success) throw new FeedError(`${name} is not as the tracker writes it`);
      for (const [id, { description, releases }] of Object.entries(known.data)) {
        for (const [codeName, state] of Object.entries(releases))
          yield* toRecords({ id, name, codeName }, state);
        if (description !== undefined)
          yield { kind: "detail", source: SOURCE, id, summary: description };
      }
    }
  },
};

function* toRecords(
  { id, name, codeName }: { id: string; name: string; codeName: string },
  state: Release,
): Generator<AffectedRecord> {
  const ecosystem = debianEcosystem(codeName);
  if (ecosystem === undefined || state.status === "undetermined") return;
  const record = { kind: "affected", source: SOURCE, ecosystem, name, id } as const;
  const severity = URGENCIES[state.urgency ?? ""];
  const { fixed_version: fixed } = state;
  // "Fixed" in version 0: the release never had it.
  if (state.status === "resolved" && (fixed === undefined || fixed === "0")) {
    yield { ...record, affected: [], status: "not-affected" };
    return;
  }
  if (state.status === "resolved" && fixed !== undefined) {
    yield { ...record, affected: [before(fixed)], ...omitUndefined({ severity }) };
    return;
  }
  const status = openStatus(state);
  yield { ...record, affected: [EVERYTHING], ...omitUndefined({ severity, status }) };
}

function openStatus({ urgency, nodsa_reason: reason }: Release): AffectedRecord["status"] {
  if (urgency === "end-of-life") return "end-of-life";
  if (reason === "ignored") return "will-not-fix";
  return reason === "postponed" ? "fix-deferred" : undefined;
}
