import { z } from "zod";
import { readJsonMembers } from "../../lib/json-members.ts";
import { omitUndefined } from "../../lib/omit-undefined.ts";
import { FeedError, type FeedRecord, type Importer } from "../record.ts";

const SOURCE = "nvd";

const metrics = z.array(
  z.object({ type: z.string().optional(), cvssData: z.object({ vectorString: z.string() }) }),
);
const english = z.array(z.object({ lang: z.string(), value: z.string() }));
const record = z.object({
  cve: z.object({
    id: z.string(),
    published: z.string(),
    lastModified: z.string(),
    vulnStatus: z.string().optional(),
    descriptions: english,
    metrics: z
      .object({
        cvssMetricV40: metrics.optional(),
        cvssMetricV31: metrics.optional(),
        cvssMetricV30: metrics.optional(),
        cvssMetricV2: metrics.optional(),
      })
      .default({}),
    weaknesses: z.array(z.object({ description: english })).optional(),
    references: z.array(z.object({ url: z.string() })).optional(),
  }),
});

/** NVD's API 2.0 and its yearly feeds of the same form. */
export const nvdApi: Importer = {
  format: "nvd-2.0",
  title: "NVD",
  lists: "open-too",
  replaces: "advisories",
  recognises: ({ head }) => /"format"\s*:\s*"NVD_CVE"/.test(head) && /"vulnerabilities"/.test(head),
  async *read({ open }): AsyncGenerator<FeedRecord> {
    for await (const { name, value } of readJsonMembers(open(), ["vulnerabilities"])) {
      if (name !== "vulnerabilities") continue;
      const { cve } = record.parse(value);
      yield { kind: "feed", source: SOURCE, date: cve.lastModified.slice(0, 10) };
      if (cve.vulnStatus === "Rejected") {
        yield { kind: "withdrawn", source: SOURCE, id: cve.id };
        continue;
      }
      const { cvssMetricV40, cvssMetricV31, cvssMetricV30, cvssMetricV2 } = cve.metrics;
      const all = [cvssMetricV40, cvssMetricV31, cvssMetricV30, cvssMetricV2].flatMap(
        (one) => one ?? [],
      );
      yield toDetail({
        id: cve.id,
        published: cve.published,
        description: cve.descriptions.find(({ lang }) => lang === "en")?.value,
        vectors: all.map(({ cvssData }) => cvssData.vectorString),
        weaknesses: (cve.weaknesses ?? []).flatMap(({ description }) =>
          description.map(({ value: text }) => text),
        ),
        urls: (cve.references ?? []).map(({ url }) => url),
      });
    }
  },
};

const scored = z.object({ vectorString: z.string() });
const item = z.object({
  cve: z.object({
    CVE_data_meta: z.object({ ID: z.string() }),
    problemtype: z.object({ problemtype_data: z.array(z.object({ description: english })) }),
    references: z.object({ reference_data: z.array(z.object({ url: z.string() })) }).optional(),
    description: z.object({ description_data: english }),
  }),
  impact: z
    .object({
      baseMetricV3: z.object({ cvssV3: scored }).optional(),
      baseMetricV2: z.object({ cvssV2: scored }).optional(),
    })
    .default({}),
  publishedDate: z.string(),
  lastModifiedDate: z.string(),
});

/** NVD's yearly feeds of the form 1.1, which mirrors still have. */
export const nvdFeed: Importer = {
  format: "nvd-1.1",
  title: "NVD",
  lists: "open-too",
  replaces: "advisories",
  recognises: ({ head }) =>
    /"CVE_data_type"\s*:\s*"CVE"/.test(head) && head.includes('"CVE_Items"'),
  async *read({ open }): AsyncGenerator<FeedRecord> {
    let [count, expected] = [0, -1];
    for await (const { name, value } of readJsonMembers(open(), ["CVE_Items"])) {
      if (name === "CVE_data_numberOfCVEs") expected = Number(value);
      if (name !== "CVE_Items") continue;
      const { cve, impact, publishedDate, lastModifiedDate } = item.parse(value);
      count += 1;
      yield { kind: "feed", source: SOURCE, date: lastModifiedDate.slice(0, 10) };
      const vectors = [
        impact.baseMetricV3?.cvssV3.vectorString,
        impact.baseMetricV2?.cvssV2.vectorString,
      ];
      yield toDetail({
        id: cve.CVE_data_meta.ID,
        published: publishedDate,
        description: cve.description.description_data.find(({ lang }) => lang === "en")?.value,
        vectors: vectors.filter((vector) => vector !== undefined),
        weaknesses: cve.problemtype.problemtype_data.flatMap(({ description }) =>
          description.map(({ value: text }) => text),
        ),
        urls: (cve.references?.reference_data ?? []).map(({ url }) => url),
      });
    }
    if (expected >= 0 && count !== expected)
      throw new FeedError(`it says that it has ${expected} entries, and has ${count}`);
  },
};

function toDetail(said: {
  readonly id: string;
  readonly published: string;
  readonly description: string | undefined;
  readonly vectors: readonly string[];
  readonly weaknesses: readonly string[];
  readonly urls: readonly string[];
}): FeedRecord {
  const cwes = said.weaknesses.filter((text) => /^CWE-\d+$/.test(text));
  return {
    kind: "detail",
    source: SOURCE,
    id: said.id,
    published: said.published.slice(0, 10),
    ...omitUndefined({
      summary: said.description?.slice(0, 4_000),
      cvss: said.vectors.length === 0 ? undefined : [...new Set(said.vectors)],
      weaknesses: cwes.length === 0 ? undefined : [...new Set(cwes)],
      references: said.urls.length === 0 ? undefined : said.urls.slice(0, 10),
    }),
  };
}
