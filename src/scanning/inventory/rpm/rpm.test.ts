import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sharedData } from "../../../../test/harness/shared-data.ts";
import { makeTempDirectory } from "../../../../test/harness/temp-directory.ts";
import type { FileReport } from "../model.ts";
import { createRpmAnalyser } from "./rpm.ts";

const SQLITE = "rpmdb-openssl-libs-1.1.1k-6.el8_5.sqlite";
const BERKELEY = "rpm-Packages_epoch";

function read(content: Buffer): FileReport {
  const file = { path: "var/lib/rpm/rpmdb.sqlite", size: content.length, mode: 0o644 };
  return createRpmAnalyser(() => true).analyse(file, content);
}

/** What rpm says itself, in the fields that we read, a line for each package. */
function ask(database: string, backend: string): string[] {
  const format =
    "%{NAME}\t%{EPOCH}\t%{VERSION}-%{RELEASE}\t%{ARCH}\t%{VENDOR}\t%{MODULARITYLABEL}\t%{LICENSE}\n";
  const words = ["--dbpath", database, "--define", `_db_backend ${backend}`, "-qa", "--qf", format];
  return linesOf(
    execFileSync("rpm", words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
  );
}

function linesOf(text: string): string[] {
  return text.trim().split("\n").toSorted();
}

function told({ packages = [] }: FileReport): string[] {
  const lines = packages.map((found) => {
    const [, epoch, version] = /^(?:(\d+):)?(.*)$/.exec(found.version) ?? [];
    return [
      ...[found.name, epoch ?? "(none)", version, found.architecture],
      ...[found.vendor ?? "(none)", found.module ?? "(none)", found.licences[0]],
    ].join("\t");
  });
  return lines.toSorted();
}

test.each([
  [SQLITE, "sqlite", "rpmdb.sqlite"],
  [BERKELEY, "bdb_ro", "Packages"],
])("of %s is read what rpm itself reads", async (fixture, backend, name) => {
  await using directory = await makeTempDirectory("rpm");
  copyFileSync(sharedData("fixtures", fixture), join(directory.path, name));
  execFileSync("chmod", ["u+w", join(directory.path, name)]);
  expect(told(read(readFileSync(sharedData("fixtures", fixture))))).toEqual(
    ask(directory.path, backend),
  );
});

/** A package and its many parts, one of them with more files than fit into a page of the database. */
function spec(parts: number): string {
  const files = Array.from({ length: 500 }, (_, n) => `/usr/share/many/file-number-${n}`);
  return [
    ...["Name: nodejs", "Epoch: 1", "Version: 18.19.0", "Release: 1.module_el8", "Summary: x"],
    ...["License: MIT AND Apache-2.0", "Vendor: AlmaLinux", "BuildArch: noarch"],
    "ModularityLabel: nodejs:18:8090020231214:a75119d5",
    ...["Requires: libc >= 2.28", "Conflicts: iojs < 4", "Provides: npm = 1:10.2.3"],
    ...["%description", "x", "%install", "mkdir -p %{buildroot}/usr/share/many"],
    ...["cd %{buildroot}", `touch ${files.map((path) => path.slice(1)).join(" ")}`],
    "%files",
    ...Array.from({ length: parts }, (_, n) => [
      `%package -n part-${n}\nSummary: part\nVersion: ${n}.0\n%description -n part-${n}`,
      `${"words ".repeat(n * 20)}\n%files -n part-${n}`,
    ]).flat(),
    ...["%package many", "Summary: many", "%description many", "x", "%files many", ...files],
  ].join("\n");
}

test("of a database that rpm wrote with many packages, everything is read", async () => {
  await using directory = await makeTempDirectory("rpm");
  const database = join(directory.path, "db");
  mkdirSync(database);
  const file = join(directory.path, "nodejs.spec");
  writeFileSync(file, spec(40));
  const quiet = { stdio: "pipe" as const, cwd: directory.path };
  execFileSync("rpmbuild", ["--define", `_topdir ${directory.path}`, "-bb", file], quiet);
  execFileSync("sh", ["-c", "rpm --dbpath $PWD/db -i --justdb --nodeps RPMS/noarch/*.rpm"], quiet);
  const content = readFileSync(join(database, "rpmdb.sqlite"));
  const report = read(content);
  expect(told(report)).toEqual(ask(database, "sqlite"));
  expect(report.packages).toHaveLength(42);
  const main = report.packages?.find(({ name }) => name === "nodejs");
  expect(main).toMatchObject({
    version: "1:18.19.0-1.module_el8",
    vendor: "AlmaLinux",
    module: "nodejs:18:8090020231214:a75119d5",
  });
  expect(main?.source).toBeUndefined();
  expect(main?.dependencies).toEqual(
    expect.arrayContaining([
      { kind: "requires", name: "libc", constraint: ">= 2.28" },
      { kind: "conflicts", name: "iojs", constraint: "< 4" },
      { kind: "provides", name: "npm", constraint: "= 1:10.2.3" },
    ]),
  );
  const part = report.packages?.find(({ name }) => name === "part-7");
  expect(part?.source).toEqual({ name: "nodejs", version: "18.19.0-1.module_el8" });
  const owned = execFileSync("rpm", ["--dbpath", database, "-qal"], { encoding: "utf8" });
  const expected = linesOf(owned).filter((line) => line.startsWith("/"));
  expect(report.ownedPaths?.map((path) => `/${path}`).toSorted()).toEqual(expected);
  expect(expected).toHaveLength(500);
  const byName = report.owners?.map((owner) => report.packages?.[owner]?.name);
  expect(new Set(byName)).toEqual(new Set(["nodejs-many"]));
  // The same packages as SUSE keeps them, laid out as rpm's rpmpkg.c does.
  expect(told(read(toNdb(database)))).toEqual(told(report));
}, 120_000);

/** No Debian package of rpm writes this format: two slots' room for the header, slots, and packages in blocks of 16 bytes. */
function toNdb(database: string): Buffer {
  using sqlite = new DatabaseSync(join(database, "rpmdb.sqlite"));
  const rows = sqlite.prepare("select hnum, blob from Packages").all();
  const slots = Buffer.alloc(4096);
  slots.write("RpmP");
  slots.writeUInt32LE(1, 12);
  for (let at = 32; at < slots.length; at += 16) slots.write("Slot", at);
  const blobs: Buffer[] = [];
  let block = slots.length / 16;
  rows.forEach(({ hnum, blob }, index) => {
    const header = Buffer.from(blob as Uint8Array);
    const padded = Buffer.alloc(Math.ceil((16 + header.length + 12) / 16) * 16);
    padded.write("BlbS");
    padded.writeUInt32LE(Number(hnum), 4);
    padded.writeUInt32LE(header.length, 12);
    header.copy(padded, 16);
    // The first slots were freed again.
    const slot = 32 + (index + 3) * 16;
    slots.writeUInt32LE(Number(hnum), slot + 4);
    slots.writeUInt32LE(block, slot + 8);
    slots.writeUInt32LE(padded.length / 16, slot + 12);
    blobs.push(padded);
    block += padded.length / 16;
  });
  return Buffer.concat([slots, ...blobs]);
}

test.each([SQLITE, BERKELEY])(
  "%s with damage gives an error or packages, and never hangs",
  (name) => {
    const content = readFileSync(sharedData("fixtures", name));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(content.length - 1), fc.nat(255)), { minLength: 1 }),
        (changes) => {
          const damaged = Buffer.from(content);
          for (const [at, byte] of changes) damaged[at] = byte;
          const startedAt = performance.now();
          try {
            read(damaged);
          } catch (cause) {
            expect(cause).toBeInstanceOf(Error);
          }
          expect(performance.now() - startedAt).toBeLessThan(2000);
        },
      ),
      { numRuns: 200 },
    );
  },
);

test("pages that lead in circles are noticed", () => {
  const content = Buffer.from(readFileSync(sharedData("fixtures", BERKELEY)));
  const size = content.readUInt32LE(20);
  for (let page = 0; page * size < content.length; page += 1) {
    // Each overflow page follows itself.
    if (content[page * size + 25] === 7) {
      content.writeUInt32LE(page, page * size + 16);
      content.writeUInt16LE(1, page * size + 22);
    }
  }
  expect(() => read(content)).toThrow("in circles");
});

test("a journal beside the database is a problem, and foreign files are refused", () => {
  const analyser = createRpmAnalyser(() => false);
  const journal = { path: "var/lib/rpm/rpmdb.sqlite-wal", size: 32, mode: 0o644 };
  expect(analyser.wants(journal)).toBe(true);
  expect(analyser.wants({ ...journal, size: 0 })).toBe(false);
  expect(analyser.analyse(journal, Buffer.alloc(32)).problem).toContain("while it was written");
  expect(() => read(Buffer.from("something else"))).toThrow("none of rpm's formats");
  expect(read(Buffer.alloc(0)).packages).toEqual([]);
});
