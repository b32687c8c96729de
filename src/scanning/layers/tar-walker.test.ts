import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LAYER_LIMITS } from "./layer-limits.ts";
import { type TarEntry, TarWalker } from "./tar-walker.ts";

const LONG = `${"a-rather-long-directory-name/".repeat(8)}file`;
const HUGE = `${"x".repeat(90)}/`.repeat(4) + "y".repeat(200);
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "berth-tar-"));
  const root = join(directory, "root");
  const files: Readonly<Record<string, string>> = {
    "etc/os-release": "ID=debian\n",
    empty: "",
    block: "b".repeat(512),
    more: "m".repeat(5000),
    [LONG]: "long",
    "größe/日本": "utf-8",
  };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(root, name, ".."), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  linkSync(join(root, "more"), join(root, "zz-again"));
  writeFileSync(join(root, "sparse"), "");
  truncateSync(join(root, "sparse"), 3 * 1024 * 1024);
  execFileSync("dd", [
    "if=/dev/zero",
    `of=${join(root, "many-holes")}`,
    ...["bs=4096", "count=1", "seek=100", "status=none"],
  ]);
  for (let piece = 0; piece < 40; piece += 1) {
    execFileSync("dd", [
      `if=${join(root, "more")}`,
      `of=${join(root, "many-holes")}`,
      ...["bs=4096", "count=1", `seek=${piece * 3}`, "conv=notrunc", "status=none"],
    ]);
  }
});

afterAll(() => rmSync(directory, { recursive: true }));

interface Walked {
  readonly entries: readonly TarEntry[];
  readonly contents: ReadonlyMap<string, string>;
}

function walk(archive: Buffer, cut: (at: number) => number = () => archive.length): Walked {
  const entries: TarEntry[] = [];
  const contents = new Map<string, string>();
  const walker = new TarWalker((entry) => {
    entries.push(entry);
    return { take: (content) => void contents.set(entry.path, hash(content)) };
  }, LAYER_LIMITS);
  for (let at = 0; at < archive.length; ) {
    const end = at + Math.max(1, cut(at));
    walker.push(archive.subarray(at, end));
    at = end;
  }
  walker.finish();
  return { entries, contents };
}

function hash(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function archiveOf(...options: readonly string[]): Buffer {
  const words = ["-C", join(directory, "root"), ...options, "-cf", "-", "."];
  return execFileSync("tar", words, { maxBuffer: 64 * 1024 * 1024 });
}

describe.each([
  ["GNU", ["--format=gnu"]],
  ["pax", ["--format=pax"]],
  ["GNU with holes", ["--format=gnu", "--sparse"]],
  ["pax with holes, 0.0", ["--format=pax", "--sparse", "--sparse-version=0.0"]],
  ["pax with holes, 0.1", ["--format=pax", "--sparse", "--sparse-version=0.1"]],
  ["pax with holes, 1.0", ["--format=pax", "--sparse", "--sparse-version=1.0"]],
])("an archive that GNU tar wrote as %s", (_name, options) => {
  test("is read to the byte, in pieces of any size", () => {
    const archive = archiveOf(...options, "--sort=name");
    const { entries, contents } = walk(archive);
    const files = entries.filter(({ kind }) => kind === "file");
    expect(files.map(({ path }) => path)).toContain(LONG);
    expect(files.length).toBe(8);
    for (const { path, size } of files) {
      const real = readFileSync(join(directory, "root", path));
      expect([path, size, contents.get(path)]).toEqual([path, real.length, hash(real)]);
    }
    const link = entries.find(({ kind }) => kind === "hardlink");
    expect(link).toMatchObject({ path: "zz-again", target: "more" });
    fc.assert(
      fc.property(fc.infiniteStream(fc.integer({ min: 1, max: 3000 })), (sizes) => {
        expect(walk(archive, () => sizes.next().value).contents).toEqual(contents);
      }),
      { numRuns: 10 },
    );
  });
});

test("an old archive of ustar with a prefix is read", () => {
  const { entries } = walk(archiveOf("--format=ustar", "--sort=name"));
  expect(entries.map(({ path }) => path)).toContain(LONG);
});

test("S88: names that climb stay below the root, and those that do not end are refused", () => {
  const climbing = execFileSync("tar", [
    ...["-C", join(directory, "root"), "-P", "--format=pax"],
    ...["--transform=s,empty,../../../etc/./passwd,", "-cf", "-", "empty"],
  ]);
  expect(walk(climbing).entries.map(({ path }) => path)).toEqual(["etc/passwd"]);
  const limits = { ...LAYER_LIMITS, pathBytes: 500 };
  const walker = new TarWalker(() => undefined, limits);
  mkdirSync(join(directory, "huge", HUGE, ".."), { recursive: true });
  writeFileSync(join(directory, "huge", HUGE), "");
  const archive = execFileSync("tar", ["-C", join(directory, "huge"), "-cf", "-", HUGE]);
  expect(() => walker.push(archive)).toThrow(expect.objectContaining({ code: "PATH_TOO_LONG" }));
});

test("any change of a header, and any end but the right one, is noticed", () => {
  const archive = archiveOf("--format=pax", "--sort=name").subarray(0, 20 * 512);
  fc.assert(
    fc.property(fc.nat(511), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = Buffer.from(archive);
      damaged[at] = (damaged[at] ?? 0) ^ change;
      // Bytes after the first space or NUL of a number say nothing.
      if (at >= 148 && at < 156) return;
      expect(() => walk(damaged)).toThrow(expect.objectContaining({ code: "CORRUPT" }));
    }),
  );
  const whole = archiveOf("--format=pax");
  expect(() => walk(whole.subarray(0, 1300))).toThrow("it ends in the middle of a file");
});

test("no bytes whatever break it in another way than by a refusal", () => {
  const archive = archiveOf("--format=gnu", "--sparse", "--sort=name");
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(archive.length - 1), fc.nat(255))), (changes) => {
      const damaged = Buffer.from(archive);
      for (const [at, byte] of changes) damaged[at] = byte;
      try {
        walk(damaged);
      } catch (cause) {
        expect(cause).toMatchObject({ name: "LayerRefused" });
      }
    }),
    { numRuns: 60 },
  );
});

test("what is not wanted by its first bytes is let go of, in however small pieces they come", () => {
  const archive = archiveOf("--format=gnu", "--sort=name");
  let asked = 0;
  const walker = new TarWalker(({ path }) => {
    if (path !== "more") return undefined;
    const accepts = (first: Buffer) => {
      asked += 1;
      expect(first.length).toBeGreaterThanOrEqual(16);
      return false;
    };
    return { accepts, take: () => expect.fail("it was gathered") };
  }, LAYER_LIMITS);
  for (let at = 0; at < archive.length; at += 7) walker.push(archive.subarray(at, at + 7));
  walker.finish();
  expect(asked).toBe(1);
});

test("a sparse file that stores more than it holds is refused before it is gathered", () => {
  const header = archiveOf("--format=gnu", "--sparse", "--sort=name");
  const at = header.indexOf("many-holes") - 2;
  const bomb = Buffer.from(header.subarray(at, at + 512));
  // It says that it holds four bytes, and four gigabytes follow.
  bomb.write("00000000004", 483);
  bomb.write("37777777777", 124);
  bomb[482] = 0;
  bomb.write("        ", 148);
  const whole = bomb.reduce((total, byte) => total + byte, 0);
  bomb.write(`${whole.toString(8).padStart(6, "0")}\u0000 `, 148);
  const walker = new TarWalker(() => ({ take: () => undefined }), LAYER_LIMITS);
  expect(() => walker.push(bomb)).toThrow("stores more than it holds");
});
