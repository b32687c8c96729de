import { omitUndefined } from "../../lib/omit-undefined.ts";
import { before, EVERYTHING } from "../interval.ts";
import {
  type AffectedRecord,
  type DetailRecord,
  FeedError,
  type FeedRecord,
  type Importer,
  type Severity,
} from "../record.ts";
import { readSeverity } from "./severity-words.ts";
import { ubuntuEcosystem } from "./ubuntu-releases.ts";

const END = "</definition>";
const MAX_DEFINITION = 16 * 1024 * 1024;

/**
 * security-metadata.canonical.com/oval/com.ubuntu.<release>.{cve,pkg}.oval.xml, unpacked. What its criteria say in words is what is read: they
 * name sources and versions, where the tests behind them name files on a running machine.
 */
export const ubuntuOval: Importer = {
  format: "ubuntu-oval",
  title: "Ubuntu OVAL (CVEs, packages)",
  lists: "open-too",
  replaces: "source",
  recognises: ({ head }) => /<oval_definitions\b/.test(head) && head.includes("com.ubuntu."),
  async *read({ open }): AsyncGenerator<FeedRecord> {
    let date: string | undefined;
    for await (const text of readDefinitions(open())) {
      date ??= /<oval:timestamp>(\d{4}-\d{2}-\d{2})/.exec(text)?.[1];
      const [, release] =
        /<definition\b[^>]*\bid="oval:com\.ubuntu\.([a-z]+):def:/.exec(text) ?? [];
      const ecosystem = ubuntuEcosystem(release ?? "");
      if (release === undefined || ecosystem === undefined) continue;
      const source = `ubuntu-oval-${release}`;
      if (date !== undefined) yield { kind: "feed", source, date };
      yield* toRecords(text, { release, source, ecosystem });
    }
  },
};

/** Each definition with what stands before it; throws where the document has no end. */
async function* readDefinitions(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  let tail = "";
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    tail = (tail + text).slice(-256);
    rest += text;
    for (let end = rest.indexOf(END); end >= 0; end = rest.indexOf(END)) {
      yield rest.slice(0, end);
      rest = rest.slice(end + END.length);
    }
    // After the definitions come the tests, which nobody reads.
    if (rest.includes("</definitions>")) rest = "</definitions>";
    if (rest.length > MAX_DEFINITION) throw new FeedError("a definition is longer than 16 MiB");
  }
  if (!/<\/oval_definitions>\s*$/.test(tail)) throw new FeedError("it is cut off");
}

interface Place {
  readonly release: string;
  readonly source: string;
  readonly ecosystem: string;
}

/** "(CVE-2024-1) curl package in jammy, is ..."; ten years ago "The 'curl' package in xenial is ...". */
const CRITERION =
  /^(?:\((CVE-\d{4}-\d{4,19})\) )?(?:.*\bthe )?'?([^\s']+)'?(?: source)? package in (\S+?),? (.*)$/is;

function* toRecords(text: string, { release, source, ecosystem }: Place): Generator<FeedRecord> {
  const ids = [...text.matchAll(/<reference\b[^>]*\bref_id="(CVE-\d{4}-\d{4,19})"/g)].map(
    ([, id = ""]) => id,
  );
  // Of a package's definition each criterion says its CVE.
  const [only] = ids.length === 1 ? ids : [];
  for (const [, comment = ""] of text.matchAll(/<criterion\b[^>]*\bcomment="([^"]*)"/g)) {
    const [, own = only, name, of, said = ""] = CRITERION.exec(decode(comment)) ?? [];
    const state = of === release ? readState(said) : undefined;
    if (own === undefined || name === undefined || state === undefined) continue;
    const severity = readSeverityOf(text, own);
    const about = { source, ecosystem, id: own, name } as const;
    yield { kind: "affected", ...about, ...state, ...omitUndefined({ severity }) };
  }
  for (const id of ids) yield { kind: "detail", source, id, ...readDetails(text, id, only) };
}

/** Each CVE of a package has its own; otherwise the definition has one. */
function readSeverityOf(text: string, id: string): Severity | undefined {
  const [, attributes] = new RegExp(`<cve\\b([^>]*)>${id}</cve>`).exec(text) ?? [];
  const [, priority] = /\bpriority="([a-z]+)"/i.exec(attributes ?? "") ?? [];
  return readSeverity(priority ?? /<severity>([^<]+)<\/severity>/.exec(text)?.[1]);
}

function readDetails(text: string, id: string, only: string | undefined): Partial<DetailRecord> {
  const [, attributes = ""] = new RegExp(`<cve\\b([^>]*)>${id}</cve>`).exec(text) ?? [];
  const [, vector] = /\bcvss_vector="(CVSS:[^"]+)"/.exec(attributes) ?? [];
  const cvss = vector === undefined ? {} : { cvss: [vector] };
  if (only === undefined) return cvss;
  const [, summary] = /<description>([^<]*)<\/description>/.exec(text) ?? [];
  const [, published] = /<public_date>(\d{4}-\d{2}-\d{2})/.exec(text) ?? [];
  const told = summary === undefined ? undefined : decode(summary).trim().slice(0, 4_000);
  return { ...cvss, ...omitUndefined({ summary: told, published }) };
}

/** What Ubuntu's own generator writes; undefined for words that say nothing about versions. */
function readState(said: string): Pick<AffectedRecord, "affected" | "status"> | undefined {
  // People write the notes: "8.0 only" is no version.
  const [, note] = /\(note: '([^'\s]+)\s*'\)/.exec(said) ?? [];
  if (/is not affected/.test(said)) return { affected: [], status: "not-affected" };
  if (/has been fixed|pending publication/.test(said))
    return note === undefined ? undefined : { affected: [before(note)] };
  if (/made to defer/.test(said)) return { affected: [EVERYTHING], status: "fix-deferred" };
  if (/made to ignore/.test(said)) return { affected: [EVERYTHING], status: "will-not-fix" };
  if (/needs? fixing/.test(said)) return { affected: [EVERYTHING] };
  if (/evaluat|triage/.test(said)) return { affected: [EVERYTHING], status: "under-investigation" };
  return undefined;
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  amp: "&",
};

function decode(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|([a-z]+));/g, (whole, code?: string, name = "") =>
    code === undefined ? (ENTITIES[name] ?? whole) : String.fromCodePoint(Number(code)),
  );
}
