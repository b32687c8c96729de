import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../test/harness/temp-directory.ts";
import { importFeeds } from "./import-feeds.ts";
import { IMPORTERS } from "./importers/importers.ts";
import { findIndex } from "./index-builder.ts";

const SAMPLES = join(import.meta.dirname, "../../test/data/advisories/published");
const NOW = new Date("2026-11-28T00:00:00Z");

interface Sample {
  readonly format: string;
  /** What everybody can look up: a package, a vulnerability, and the versions that have it. */
  readonly facts?: readonly (readonly [
    ecosystem: string,
    name: string,
    id: string,
    said: Readonly<Record<string, unknown>>,
  ])[];
  readonly details?: readonly (readonly [id: string, said: Readonly<Record<string, unknown>>])[];
  /** What makes the sample absurd: a text in it, and another in its place. */
  readonly absurd: readonly [text: string, instead: string];
}

const LONG = "9".repeat(300);

const PUBLISHED: Readonly<Record<string, Sample>> = {
  "almalinux-errata.full.json": {
    format: "almalinux-errata",
    facts: [
      [
        "AlmaLinux:8",
        "Judy",
        "CVE-2019-2510",
        {
          advisory: "ALSA-2019:3708",
          severity: "medium",
          module: "mariadb:10.3",
          affected: ["(,1.0.5-18.module_el8.5.0+2632+14ced695)"],
        },
      ],
      // The same advisory has packages of other streams.
      ["AlmaLinux:8", "Judy", "CVE-2019-2510", { module: "mariadb:10.5" }],
      ["AlmaLinux:8", "Judy-devel", "CVE-2021-2007", { module: "mariadb-devel:10.3" }],
    ],
    absurd: ['"version": "1.0.5"', `"version": "${LONG}"`],
  },
  "alpine-secdb-edge-main.json": {
    format: "alpine-secdb",
    facts: [["Alpine:edge", "aom", "CVE-2021-30473", { affected: ["(,3.1.1-r0)"] }]],
    absurd: ["3.1.1-r0", LONG],
  },
  "debian-DLA-list.txt": {
    format: "debian-list",
    facts: [
      [
        "Debian:10",
        "systemd",
        "CVE-2023-26604",
        { advisory: "DLA-3377-1", affected: ["(,241-7~deb10u9)"] },
      ],
    ],
    absurd: ["- duktape 2.3.0-1+deb10u1", `- duktape ${LONG}`],
  },
  "debian-DSA-list.txt": {
    format: "debian-list",
    facts: [
      [
        "Debian:11",
        "xorg-server",
        "CVE-2023-1393",
        { advisory: "DSA-5380-1", affected: ["(,2:1.20.11-1+deb11u6)"] },
      ],
    ],
    absurd: ["xen 4.14.5+94-ge49571868d-1", `xen ${LONG}`],
  },
  "debian-tracker.json": {
    format: "debian-tracker",
    facts: [
      ["Debian:11", "chromium", "CVE-2022-0456", { affected: ["(,98.0.4758.80-1~deb11u1)"] }],
      ["Debian:10", "chromium", "CVE-2022-0456", { status: "end-of-life", affected: ["(,)"] }],
      ["Debian:10", "prototypejs", "CVE-2008-7220", { severity: "high" }],
      // "Fixed in version 0": Debian was never affected.
      ["Debian:10", "prototypejs", "CVE-2007-2383", { status: "not-affected", affected: [] }],
    ],
    absurd: ['"fixed_version": "1.6.0.2-1"', `"fixed_version": "${LONG}"`],
  },
  "epss-2024-02-22.csv": {
    format: "epss",
    details: [["CVE-1999-0002", { epss: 0.020_91 }]],
    absurd: [",0.0", ",7.0"],
  },
  "ghsa-p6mc-m468-83gw.json": {
    format: "osv",
    facts: [
      [
        "npm",
        "lodash",
        "CVE-2020-8203",
        { advisory: "GHSA-p6mc-m468-83gw", severity: "high", affected: ["(,4.17.20)"] },
      ],
      ["npm", "lodash-es", "CVE-2020-8203", { affected: ["(,4.17.20)"] }],
    ],
    absurd: ["4.17.20", LONG],
  },
  "go-vulndb-GO-2021-0052.json": {
    format: "osv",
    facts: [
      [
        "Go",
        "github.com/gin-gonic/gin",
        "CVE-2020-28483",
        { advisory: "GO-2021-0052", affected: ["(,1.7.7)"] },
      ],
    ],
    absurd: ["1.7.7", LONG],
  },
  "kev.json": {
    format: "kev",
    details: [
      [
        "CVE-2021-44228",
        { knownExploited: { added: "2021-12-10", due: "2021-12-24", isRansomware: true } },
      ],
    ],
    absurd: ['"count": 2', '"count": 3'],
  },
  "nodejs-security-wg-npm-100.json": {
    format: "nodejs-security-wg",
    facts: [["npm", "uri-js", "NSWG-ECO-100", { affected: ["(,2.1.1]"], fixedIn: ["3.0.0"] }]],
    absurd: ["<=2.1.1", `<=2.1.${LONG}`],
  },
  "nvd-2.0-CVE-2024-4819.json": {
    format: "nvd-2.0",
    details: [
      [
        "CVE-2024-4819",
        {
          published: "2024-05-14",
          weaknesses: ["CWE-285"],
          cvss: expect.arrayContaining(["CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:N/I:L/A:N"]),
        },
      ],
    ],
    absurd: ['"id": "CVE-2024-4819"', '"id": "not an id"'],
  },
  "nvdcve-1.1-CVE-2019-20894.json": {
    format: "nvd-1.1",
    details: [["CVE-2019-20894", { published: "2020-07-02", weaknesses: ["CWE-295"] }]],
    absurd: ['numberOfCVEs" : "1"', 'numberOfCVEs" : "2"'],
  },
  "pypa-PYSEC-2021-66.yaml": {
    format: "osv",
    facts: [
      ["PyPI", "jinja2", "CVE-2020-28493", { advisory: "PYSEC-2021-66", affected: ["(,2.11.3)"] }],
    ],
    absurd: ["fixed: 2.11.3", `fixed: "${LONG}"`],
  },
  "redhat-csaf-rhsa-2023_3821.json": {
    format: "csaf",
    facts: [
      [
        "Red Hat:8",
        "rubygem-irb",
        "CVE-2021-33621",
        {
          advisory: "RHSA-2023:3821",
          severity: "medium",
          module: "ruby:2.7",
          affected: ["(,1.2.6-139.module+el8.8.0+18745+f1bef313)"],
        },
      ],
    ],
    details: [["CVE-2021-33621", { cvss: ["CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"] }]],
    absurd: ["rubygem-irb@1.2.6", `rubygem-irb@${LONG}`],
  },
  "redhat-vex-cve-2023-6238.json": {
    format: "csaf",
    facts: [
      ["Red Hat:9", "src:kernel", "CVE-2023-6238", { status: "not-affected", affected: [] }],
      ["Red Hat:7", "src:kernel-rt", "CVE-2023-6238", { status: "not-affected" }],
    ],
    absurd: ['"cve": "CVE-2023-6238"', '"cve": "no id"'],
  },
  "retire-jsrepository.json": {
    format: "retire",
    facts: [
      [
        "npm",
        "dwr",
        "CVE-2014-5326",
        { severity: "medium", affected: ["(,2.0.11)", "[3,3.0.RC3)"] },
      ],
    ],
    absurd: ['"below": "2.0.11"', `"below": "${LONG}"`],
  },
  "rubysec-nokogiri-CVE-2017-16932.yml": {
    format: "rubysec",
    facts: [["RubyGems", "nokogiri", "CVE-2017-16932", { affected: ["(,1.8.1)"] }]],
    absurd: [">= 1.8.1", ">= one"],
  },
  "rustsec-RUSTSEC-2020-0105.md": {
    format: "rustsec",
    facts: [["crates.io", "abi_stable", "RUSTSEC-2020-0105", { affected: ["(,0.9.1)"] }]],
    absurd: [">= 0.9.1", ">= nine"],
  },
  "ubuntu-osv-USN-2169-1.json": {
    format: "osv",
    facts: [
      [
        "Ubuntu:14.04",
        "python-django",
        "CVE-2014-0472",
        { advisory: "USN-2169-1", affected: ["(,1.6.1-2ubuntu0.1)"] },
      ],
    ],
    absurd: [`"fixed": "1.6.1-2ubuntu0.1"`, `"fixed": "${LONG}"`],
  },
  "almalinux-alsa.jsonl": {
    format: "almalinux-lines",
    facts: [
      [
        "AlmaLinux:8",
        "openssl-libs",
        "CVE-2022-0778",
        { advisory: "ALSA-2022:1065", severity: "high", affected: ["(,1:1.1.1k-6.el8_5)"] },
      ],
      ["AlmaLinux:8", "nodejs", "CVE-2022-35255", { module: "nodejs:18" }],
    ],
    absurd: ["1:1.1.1k-6.el8_5", LONG],
  },
  "alpine-secdb-lines.jsonl": {
    format: "alpine-secdb-lines",
    facts: [["Alpine:v3.11", "openssl", "CVE-2018-0734", { affected: ["(,1.1.1a-r0)"] }]],
    absurd: ["1.1.1a-r0", LONG],
  },
  "cve-affected.jsonl": {
    format: "cve-affected",
    facts: [["Maven", "org.apache.uima:uimaj-core", "CVE-2023-39913", { affected: ["(,3.5.0)"] }]],
    absurd: ['"lessThan":"3.5.0"', `"lessThan":"${LONG}"`],
  },
  "cvss-vectors.tsv": {
    format: "cvss-vectors",
    details: [
      ["CVE-2014-0160", { cvss: ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"] }],
      ["CVE-2021-44228", { published: "2021-12-10" }],
    ],
    absurd: ["CVE-2014-0160", "CVE-14"],
  },
  "debian-changelogs.jsonl": {
    format: "debian-changelogs",
    facts: [["Debian:12", "nginx", "CVE-2019-20372", { affected: ["(,1.16.1-3)"] }]],
    absurd: ['"cves":["CVE', '"cves":["no CVE'],
  },
  "exploit-labels.tsv": {
    format: "exploit-labels",
    details: [
      ["CVE-2014-0160", { exploits: ["exploitdb", "metasploit", "github"] }],
      ["CVE-2021-44228", { exploits: ["exploitdb", "metasploit", "nuclei", "github"] }],
    ],
    absurd: ["CVE-2014-0160", "CVE-14"],
  },
  "maven-from-nvd.jsonl": {
    format: "maven-from-nvd",
    facts: [
      [
        "Maven",
        "org.apache.logging.log4j:log4j-core",
        "CVE-2017-5645",
        { affected: expect.arrayContaining(["=2.8.1"]) },
      ],
    ],
    absurd: ['"2.8.1"', `"${LONG}"`],
  },
  "npm-from-nvd.jsonl": {
    format: "npm-from-nvd",
    facts: [["npm", "connect", "CVE-2013-7370", { affected: ["(,2.8.1)"] }]],
    absurd: ['"fixed":"2.8.1"', `"fixed":"${LONG}"`],
  },
  "nvd-cpe-ranges.jsonl": {
    format: "nvd-cpe-ranges",
    facts: [["NVD", "openssl:openssl", "CVE-2014-0160", { affected: ["[1.0.1,1.0.1g)"] }]],
    absurd: ["1.0.1g", LONG],
  },
  "nvd-lines.jsonl": {
    format: "nvd-lines",
    details: [["CVE-2014-0160", { published: "2014-04-07", weaknesses: ["CWE-119"] }]],
    absurd: ["CVE-1999-0002", "no id"],
  },
  "ubuntu-oval-xenial.xml": {
    format: "ubuntu-oval",
    facts: [
      ["Ubuntu:16.04", "gcc-4.8", "CVE-2002-2439", { status: "not-affected", affected: [] }],
      [
        "Ubuntu:16.04",
        "gcc-mingw-w64",
        "CVE-2002-2439",
        { status: "under-investigation", severity: "low" },
      ],
    ],
    details: [["CVE-2002-2439", { published: "2015-02-23" }]],
    absurd: ["'gcc-", `'${LONG}${LONG}-`],
  },
  "vulnrichment-lines.jsonl": {
    format: "vulnrichment-lines",
    // The back door in xz.
    details: [["CVE-2024-3094", { weaknesses: ["CWE-506"], ssvc: ["none", "yes", "total"] }]],
    absurd: ["CVE-1999-0006", "no id"],
  },
};

async function startImporting() {
  const temporary = await makeTempDirectory("published");
  const directory = join(temporary.path, "advisories");
  return {
    file: async (name: string, content: string) => {
      const path = join(temporary.path, name);
      await mkdir(join(path, ".."), { recursive: true });
      await writeFile(path, content);
      return path;
    },
    import: (path: string) => importFeeds({ directory, path, clock: () => NOW }),
    index: () => {
      const index = findIndex(directory);
      if (index === undefined) throw new Error("there is no index");
      return index;
    },
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}

/** A kind of cut that leaves as much as possible as it was. */
function cutInTheMiddle(content: string): string {
  return content.slice(0, Math.floor(content.length * 0.6)).trimEnd();
}

function assertFacts(sample: Sample, index: ReturnType<typeof findIndex>): void {
  for (const [ecosystem, name, id, said] of sample.facts ?? []) {
    const found = index?.listAffected(ecosystem, name).filter((entry) => entry.id === id);
    expect(found).toContainEqual(expect.objectContaining(said));
  }
  for (const [id, said] of sample.details ?? []) expect(index?.findDetails(id)).toMatchObject(said);
}

test.for(Object.keys(PUBLISHED))(
  "%s says what its publisher says, and only whole",
  async (name) => {
    const sample = PUBLISHED[name];
    if (sample === undefined) throw new Error("no sample");
    const content = readFileSync(join(SAMPLES, name), "utf8");
    await using started = await startImporting();
    const report = await started.import(join(SAMPLES, name));
    expect(report.imported).toMatchObject([{ format: sample.format, faulty: 0 }]);
    using before = started.index();
    assertFacts(sample, before);

    const [text, instead] = sample.absurd;
    expect(content).toContain(text);
    const bad = {
      cut: await started.file(`cut/${name}`, cutInTheMiddle(content)),
      absurd: await started.file(`absurd/${name}`, content.replaceAll(text, instead)),
    };
    // Changed so little that only the hash tells.
    await started.file(`changed/${name}`, content.replace("e", "E"));
    const sha256 = createHash("sha256").update(content).digest("hex");
    const manifest = JSON.stringify({ files: [{ file: name, sha256 }] });
    const changed = join(await started.file("changed/MANIFEST.json", manifest), "..");
    for (const [how, path] of Object.entries({ ...bad, changed })) {
      await expect(started.import(path), how).rejects.toThrow(/./);
      using after = started.index();
      expect(after.revision, how).toBe(before.revision);
    }
  },
);

test("each sample is what its origin says, and each published format has one", () => {
  const origin = readFileSync(join(SAMPLES, "../ORIGIN.md"), "utf8");
  for (const name of readdirSync(SAMPLES)) {
    const sha256 = createHash("sha256")
      .update(readFileSync(join(SAMPLES, name)))
      .digest("hex");
    expect(origin).toMatch(new RegExp(`\\| \`published/${name}\` \\|.*\\| ${sha256} \\|`));
  }
  expect(Object.keys(PUBLISHED).sort()).toEqual(readdirSync(SAMPLES).sort());
  const covered = new Set(Object.values(PUBLISHED).map(({ format }) => format));
  expect(IMPORTERS.map(({ format }) => format).filter((format) => !covered.has(format))).toEqual([
    "osv-archive",
  ]);
});
