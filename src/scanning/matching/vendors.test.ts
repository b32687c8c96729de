import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { findIndex, importFeeds } from "../../advisories/index.ts";
import type { Distribution, PlacedPackage } from "../inventory/model.ts";
import { match } from "./match.ts";

const PUBLISHED = join(import.meta.dirname, "../../../test/data/advisories/published");

async function openIndexOf(
  feeds: Readonly<Record<string, string>>,
  samples: readonly string[] = [],
) {
  const temporary = await makeTempDirectory("match-vendors");
  const directory = join(temporary.path, "advisories");
  const paths = samples.map((name) => join(PUBLISHED, name));
  for (const [name, content] of Object.entries(feeds)) {
    await writeFile(join(temporary.path, name), content);
    paths.push(join(temporary.path, name));
  }
  for (const path of paths) await importFeeds({ directory, path, clock: () => new Date() });
  const index = findIndex(directory);
  if (index === undefined) throw new Error("there is no index");
  return Object.assign(index, {
    [Symbol.asyncDispose]: async () => {
      index[Symbol.dispose]();
      await temporary[Symbol.asyncDispose]();
    },
  });
}

function distribution(id: string, version: string): Distribution {
  return { id, version, like: [], prettyName: id };
}

function installed(
  wish: Pick<PlacedPackage, "type" | "name" | "version"> & Partial<PlacedPackage>,
) {
  return { path: "a", layer: 0, ownedByDistribution: false, licences: [], ...wish };
}

const RHEL8 = distribution("rhel", "8.9");
const STREAM = "ruby:2.7:8080020230427102918:63b34585";

test("a fix of Red Hat's is of one stream of a module, and its word about a source is about all its packages", async () => {
  await using index = await openIndexOf({}, [
    "redhat-csaf-rhsa-2023_3821.json",
    "redhat-vex-cve-2023-6238.json",
  ]);
  const ids = (one: PlacedPackage) =>
    match({ distribution: RHEL8, packages: [one], problems: [] }, index).findings.map(
      ({ id, fixedIn }) => [id, fixedIn],
    );
  const irb = { type: "rpm", name: "rubygem-irb" } as const;
  const [old, fixed] = [
    "1.2.6-138.module+el8.8.0+1+aaaa",
    "1.2.6-139.module+el8.8.0+18745+f1bef313",
  ];
  expect(ids(installed({ ...irb, version: old, module: STREAM }))).toEqual([
    ["CVE-2021-33621", fixed],
  ]);
  expect(ids(installed({ ...irb, version: fixed, module: STREAM }))).toEqual([]);
  expect(ids(installed({ ...irb, version: old, module: STREAM.replace("2.7", "3.1") }))).toEqual(
    [],
  );
});

const WILL_NOT_FIX = JSON.stringify({
  document: {
    category: "csaf_vex",
    csaf_version: "2.0",
    publisher: { namespace: "https://www.redhat.com" },
    tracking: { id: "CVE-2099-0001", current_release_date: "2026-01-01T00:00:00Z" },
  },
  product_tree: {
    branches: [
      {
        name: "RHEL 8",
        product: {
          product_id: "rhel8",
          product_identification_helper: { cpe: "cpe:/o:redhat:enterprise_linux:8" },
        },
      },
      {
        name: "EUS",
        product: {
          product_id: "eus",
          product_identification_helper: { cpe: "cpe:/o:redhat:rhel_eus:8.6::baseos" },
        },
      },
      {
        name: "openssl",
        product: {
          product_id: "openssl",
          product_identification_helper: { purl: "pkg:rpm/redhat/openssl?arch=src" },
        },
      },
    ],
    relationships: ["rhel8", "eus"].map((release) => ({
      full_product_name: { product_id: `${release}:openssl` },
      product_reference: "openssl",
      relates_to_product_reference: release,
    })),
  },
  vulnerabilities: [
    {
      cve: "CVE-2099-0001",
      product_status: { known_affected: ["rhel8:openssl", "eus:openssl"] },
      remediations: [
        { category: "no_fix_planned", details: "Will not fix", product_ids: ["rhel8:openssl"] },
      ],
      threats: [{ category: "impact", details: "Important", product_ids: ["rhel8:openssl"] }],
    },
  ],
});

test("what Red Hat does not fix is found in every package of the source, with its word for it", async () => {
  await using index = await openIndexOf({ "cve.json": WILL_NOT_FIX });
  const libs = installed({
    type: "rpm",
    name: "openssl-libs",
    version: "1:1.1.1k-9.el8",
    source: { name: "openssl", version: "1:1.1.1k-9.el8" },
  });
  const { findings } = match({ distribution: RHEL8, packages: [libs], problems: [] }, index);
  expect(findings).toMatchObject([
    { id: "CVE-2099-0001", status: "will-not-fix", severity: "high", severityFrom: "vendor" },
  ]);
  expect(findings[0]).not.toHaveProperty("fixedIn");
});

const TRACKER = JSON.stringify({
  sox: {
    "CVE-2099-0002": {
      releases: { bookworm: { status: "resolved", fixed_version: "0", urgency: "unimportant" } },
    },
    "CVE-2099-0003": { releases: { bookworm: { status: "open", urgency: "low" } } },
  },
});
const CHANGELOGS = `${JSON.stringify({ source: "sox", fixed: { "99": { date: "2026-01-01", cves: ["CVE-2099-0002", "CVE-2099-0003"] } } })}\n`;
const SECDB = JSON.stringify({
  distroversion: "v3.20",
  reponame: "main",
  packages: [{ pkg: { name: "nginx", secfixes: { "0": ["CVE-2099-0004"] } } }],
});
const ALPINE_OSV = JSON.stringify({
  schema_version: "1.6.0",
  id: "ALPINE-CVE-2099-0004",
  modified: "2026-01-01T00:00:00Z",
  upstream: ["CVE-2099-0004"],
  affected: [
    {
      package: { ecosystem: "Alpine:v3.20", name: "nginx" },
      ranges: [{ type: "ECOSYSTEM", events: [{ introduced: "0" }] }],
    },
  ],
});

test('a vendor\'s "not affected" stands against other feeds about its packages', async () => {
  await using index = await openIndexOf({
    "tracker.json": TRACKER,
    "changelogs.jsonl": CHANGELOGS,
    "secdb.json": SECDB,
    "osv.json": ALPINE_OSV,
  });
  const sox = installed({ type: "deb", name: "sox", version: "14" });
  const debian = { distribution: distribution("debian", "12"), packages: [sox], problems: [] };
  expect(match(debian, index).findings.map(({ id }) => id)).toEqual(["CVE-2099-0003"]);
  const nginx = installed({ type: "apk", name: "nginx", version: "1.26-r0" });
  const alpine = {
    distribution: distribution("alpine", "3.20.1"),
    packages: [nginx],
    problems: [],
  };
  expect(match(alpine, index).findings).toEqual([]);
});
