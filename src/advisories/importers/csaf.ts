import { z } from "zod";
import { omitUndefined } from "../../lib/omit-undefined.ts";
import { before, EVERYTHING } from "../interval.ts";
import {
  type AffectedRecord,
  FeedError,
  type FeedRecord,
  type Importer,
  type Severity,
} from "../record.ts";
import { type Product, ProductTree, productTree } from "./csaf-products.ts";
import { readSeverity } from "./severity-words.ts";
import { readWholeJson } from "./whole-json.ts";

const SOURCE = "redhat";

const ids = z
  .array(z.string())
  .nullish()
  .transform((given) => given ?? []);
const vulnerability = z.object({
  cve: z.string().nullish(),
  title: z.string().nullish(),
  notes: z.array(z.object({ category: z.string(), text: z.string() })).nullish(),
  release_date: z.string().nullish(),
  product_status: z
    .object({ fixed: ids, known_affected: ids, known_not_affected: ids, under_investigation: ids })
    .nullish(),
  remediations: z
    .array(z.object({ category: z.string(), details: z.string().nullish(), product_ids: ids }))
    .nullish(),
  scores: z
    .array(z.object({ cvss_v3: z.object({ vectorString: z.string() }).nullish() }))
    .nullish(),
  threats: z
    .array(z.object({ category: z.string(), details: z.string(), product_ids: ids }))
    .nullish(),
  references: z.array(z.object({ url: z.string() })).nullish(),
});
const document = z.object({
  document: z.object({
    aggregate_severity: z.object({ text: z.string() }).nullish(),
    publisher: z.object({ namespace: z.string() }),
    tracking: z.object({ id: z.string(), current_release_date: z.string() }),
  }),
  product_tree: productTree,
  vulnerabilities: z.array(vulnerability),
});

type Vulnerability = z.output<typeof vulnerability>;

/**
 * Red Hat's CSAF 2.0: advisories (RHSA) and VEX files, one in a file. Products of the RHEL family are taken, in their main stream: what is
 * only in support that is paid for longer (EUS, AUS, TUS, E4S) has fixes of other numbers, and images do not say that they are of it.
 */
export const csaf: Importer = {
  format: "csaf",
  title: "Red Hat advisories and VEX (CSAF)",
  lists: "open-too",
  replaces: "advisories",
  recognises: ({ head }) =>
    /^\s*\{/.test(head) &&
    /"category"\s*:\s*"csaf_\w+"/.test(head) &&
    /"csaf_version"\s*:\s*"2\./.test(head),
  async *read({ open, path }): AsyncGenerator<FeedRecord> {
    const parsed = document.parse(await readWholeJson(open()));
    const { publisher, tracking, aggregate_severity: aggregate } = parsed.document;
    if (!/^https:\/\/(\w+\.)*redhat\.com\/?$/.test(publisher.namespace))
      throw new FeedError(`${path} is of ${publisher.namespace}, whose products are not known`);
    yield { kind: "feed", source: SOURCE, date: tracking.current_release_date.slice(0, 10) };
    const tree = new ProductTree(parsed.product_tree);
    for (const one of parsed.vulnerabilities) {
      const id = one.cve ?? tracking.id;
      const severity = readSeverity(aggregate?.text);
      const said = { id, advisory: tracking.id, severity };
      yield* toRecords(one, tree, said);
      yield toDetail(one, id);
    }
  },
};

interface Said {
  readonly id: string;
  readonly advisory: string;
  readonly severity: Severity | undefined;
}

const NOTHING_SAID = {
  fixed: [],
  known_affected: [],
  known_not_affected: [],
  under_investigation: [],
};

/** What is said of one package of one release. */
function* toRecords(one: Vulnerability, tree: ProductTree, said: Said): Generator<AffectedRecord> {
  const status = one.product_status ?? NOTHING_SAID;
  const impacts = readImpacts(one);
  const own = (product: Product) => ({
    kind: "affected" as const,
    source: SOURCE,
    ecosystem: product.ecosystem,
    name: product.name,
    id: said.id,
    ...(said.advisory === said.id ? {} : { advisory: said.advisory }),
    ...omitUndefined({
      module: product.module,
      severity: impacts.get(product.id) ?? said.severity,
    }),
  });
  for (const product of tree.find(status.fixed))
    if (product.version !== undefined)
      yield { ...own(product), affected: [before(product.version)] };
  const reasons = readReasons(one);
  for (const product of tree.find(status.known_affected))
    yield {
      ...own(product),
      affected: [EVERYTHING],
      ...omitUndefined({ status: reasons.get(product.id) }),
    };
  for (const product of tree.find(status.under_investigation))
    yield { ...own(product), affected: [EVERYTHING], status: "under-investigation" };
  // Red Hat says so of a package by its name, and of builds that came after the fault: only the first is about all of them.
  for (const product of tree.find(status.known_not_affected))
    if (product.version === undefined)
      yield { ...own(product), affected: [], status: "not-affected" };
}

/** "Will not fix", "Affected", "Fix deferred", "Out of support scope". */
function readReasons(one: Vulnerability): Map<string, AffectedRecord["status"]> {
  const reasons = new Map<string, AffectedRecord["status"]>();
  for (const { category, details, product_ids: products } of one.remediations ?? []) {
    if (category !== "no_fix_planned" && category !== "none_available") continue;
    for (const id of products) reasons.set(id, toStatus(details ?? ""));
  }
  return reasons;
}

function toStatus(details: string): AffectedRecord["status"] {
  if (/will not fix/i.test(details)) return "will-not-fix";
  if (/out of support/i.test(details)) return "end-of-life";
  return /deferred/i.test(details) ? "fix-deferred" : undefined;
}

/** How bad it is for a product, where that differs from what is said of the whole. */
function readImpacts({ threats }: Vulnerability): Map<string, Severity> {
  const impacts = new Map<string, Severity>();
  for (const { category, details, product_ids: products } of threats ?? []) {
    const severity = category === "impact" ? readSeverity(details) : undefined;
    if (severity !== undefined) for (const id of products) impacts.set(id, severity);
  }
  return impacts;
}

function toDetail(one: Vulnerability, id: string): FeedRecord {
  const told = one.notes?.find(({ category }) => category === "description")?.text;
  const summary = told ?? one.title ?? undefined;
  const vectors = (one.scores ?? []).flatMap(({ cvss_v3: score }) => score?.vectorString ?? []);
  const urls = (one.references ?? []).map(({ url }) => url).slice(0, 10);
  return {
    kind: "detail",
    source: SOURCE,
    id,
    ...omitUndefined({
      summary: summary?.slice(0, 4_000),
      published: one.release_date?.slice(0, 10),
      cvss: vectors.length === 0 ? undefined : [...new Set(vectors)],
      references: urls.length === 0 ? undefined : urls,
    }),
  };
}
