import { afterAll, beforeAll, expect, test } from "vitest";
import { type AdvisoryIndex, findIndex, importFeeds } from "../../src/advisories/index.ts";
import type { Distribution, PlacedPackage } from "../../src/scanning/inventory/model.ts";
import { match } from "../../src/scanning/matching/match.ts";
import { sharedData } from "../harness/shared-data.ts";
import { makeTempDirectory, type TempDirectory } from "../harness/temp-directory.ts";

let directory: TempDirectory;
let index: AdvisoryIndex;
let imported: Awaited<ReturnType<typeof importFeeds>>;

beforeAll(async () => {
  directory = await makeTempDirectory("advisories-whole");
  const path = sharedData("advisories");
  imported = await importFeeds({ directory: directory.path, path, clock: () => new Date() });
  const opened = findIndex(directory.path);
  if (opened === undefined) throw new Error("there is no index");
  index = opened;
}, 300_000);

afterAll(async () => {
  index[Symbol.dispose]();
  await directory[Symbol.asyncDispose]();
});

type Wish = Pick<PlacedPackage, "type" | "name" | "version"> & Partial<PlacedPackage>;

function found(wish: Wish, distribution?: Distribution) {
  const place = { path: "a", layer: 0, ownedByDistribution: false, licences: [] };
  const packages = [{ ...place, ...wish }];
  const inventory = {
    packages,
    problems: [],
    ...(distribution === undefined ? {} : { distribution }),
  };
  return match(inventory, index);
}

function fixesOf(wish: Wish, distribution?: Distribution) {
  return Object.fromEntries(
    found(wish, distribution).findings.map(({ id, fixedIn }) => [id, fixedIn ?? null]),
  );
}

const ALPINE: Distribution = { id: "alpine", version: "3.11.6", like: [], prettyName: "Alpine" };
const ALMA: Distribution = { id: "almalinux", version: "8.9", like: [], prettyName: "AlmaLinux 8" };

test("a directory with a MANIFEST is imported whole, feed by feed, and says what it could not use", () => {
  expect(imported.imported.map(({ format }) => format)).toEqual(
    expect.arrayContaining(["osv", "rubysec", "rustsec", "retire", "kev", "epss", "nvd-lines"]),
  );
  expect(imported.ignored.map(({ path }) => path)).toContain(
    "debian/expected-debootstrap-bookworm-12.15-main-only.json",
  );
  const known = index.header.coverage.map(({ ecosystem }) => ecosystem);
  for (const one of ["Alpine:v3.11", "AlmaLinux:9", "Debian:12", "Go", "Maven", "PyPI", "RubyGems"])
    expect(known).toContain(one);
});

test("what is published about packages of programming languages is found, and not where it is fixed", () => {
  // GHSA-h395-qcrw-5vmq, GO-2021-0052: fixed in gin 1.7.7.
  const gin = { type: "golang", name: "github.com/gin-gonic/gin" } as const;
  expect(fixesOf({ ...gin, version: "v1.7.6" })).toMatchObject({ "CVE-2020-28483": "1.7.7" });
  expect(fixesOf({ ...gin, version: "v1.7.7" })).not.toHaveProperty("CVE-2020-28483");
  // PYSEC-2021-335: two branches with a fix each; the name as its METADATA writes it.
  const zope = { type: "pypi", name: "AccessControl" } as const;
  expect(fixesOf({ ...zope, version: "4.2" })).toMatchObject({ "CVE-2021-32807": "4.3" });
  expect(fixesOf({ ...zope, version: "5.1" })).toMatchObject({ "CVE-2021-32807": "5.2" });
  expect(fixesOf({ ...zope, version: "4.3" })).not.toHaveProperty("CVE-2021-32807");
  // CVE-2018-16487: lodash before 4.17.11.
  const lodash = { type: "npm", name: "lodash" } as const;
  expect(fixesOf({ ...lodash, version: "4.17.10" })).toMatchObject({ "CVE-2018-16487": "4.17.11" });
  expect(fixesOf({ ...lodash, version: "4.17.11" })).not.toHaveProperty("CVE-2018-16487");
  // RUSTSEC-2020-0105, under the id or the CVE that it has.
  const abi = found({ type: "cargo", name: "abi_stable", version: "0.9.0" }).findings;
  expect(abi.map(({ fixedIn }) => fixedIn)).toEqual(["0.9.1"]);
  expect(found({ type: "cargo", name: "abi_stable", version: "0.9.1" }).findings).toEqual([]);
  // CVE-2017-5645: log4j 2.x before 2.8.2.
  const log4j = { type: "maven", name: "org.apache.logging.log4j:log4j-core" } as const;
  expect(fixesOf({ ...log4j, version: "2.8.1" })).toHaveProperty("CVE-2017-5645");
  expect(fixesOf({ ...log4j, version: "2.8.2" })).not.toHaveProperty("CVE-2017-5645");
  // CVE-2006-4111: rails 1.1.0 to 1.1.5.
  const rails = { type: "gem", name: "rails" } as const;
  expect(fixesOf({ ...rails, version: "1.1.5" })).toHaveProperty("CVE-2006-4111");
  expect(fixesOf({ ...rails, version: "1.1.6" })).not.toHaveProperty("CVE-2006-4111");
});

test("distributions are asked about their own releases alone", () => {
  // secdb of 3.11: openssl 1.1.1a-r0 fixed CVE-2018-0734.
  const openssl = {
    type: "apk",
    name: "libssl1.1",
    source: { name: "openssl", version: "1.1.1-r4" },
  } as const;
  expect(fixesOf({ ...openssl, version: "1.1.1-r4" }, ALPINE)).toMatchObject({
    "CVE-2018-0734": "1.1.1a-r0",
  });
  // ALSA-2022:1065.
  const rpm = { type: "rpm", name: "openssl-libs" } as const;
  expect(fixesOf({ ...rpm, version: "1:1.1.1k-5.el8_5" }, ALMA)).toMatchObject({
    "CVE-2022-0778": "1:1.1.1k-6.el8_5",
  });
  expect(fixesOf({ ...rpm, version: "1:1.1.1k-6.el8_5" }, ALMA)).not.toHaveProperty(
    "CVE-2022-0778",
  );
  const stranger = found({ ...rpm, version: "1:1.1.1k-5.el8_5", vendor: "Remi" }, ALMA);
  expect(stranger.findings).toEqual([]);
  expect(stranger.setAside[0]?.reason).toContain("Remi");
});

test("what is no version, or belongs to the distribution, is set aside with a reason", () => {
  const gin = { type: "golang", name: "github.com/gin-gonic/gin" } as const;
  for (const wish of [
    { ...gin, version: "(devel)" },
    { ...gin, version: "v0.0.0-00010101000000-000000000000" },
    { ...gin, version: "v1.7.6", ownedByDistribution: true },
  ]) {
    const { findings, setAside } = found(wish);
    expect(findings).toEqual([]);
    expect(setAside).toHaveLength(1);
  }
});

test("how bad it is, and whether it is exploited, is known beside it", () => {
  const details = index.findDetails("CVE-2021-44228");
  expect(details.knownExploited).toMatchObject({ added: "2021-12-10", isRansomware: true });
  expect(details.epss).toBeGreaterThan(0.9);
  const log4j = {
    type: "maven",
    name: "org.apache.logging.log4j:log4j-core",
    version: "2.8.1",
  } as const;
  const worst = found(log4j).findings.find(({ id }) => id === "CVE-2017-5645");
  expect(worst).toMatchObject({
    severity: "critical",
    severityFrom: "CVSS 3",
    cvss: { score: 9.8 },
  });
});
