import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { LAYER_LIMITS } from "../layers/layer-limits.ts";
import { listLayer } from "./list-layer.ts";
import { packListing, unpackListing } from "./packed-listing.ts";
import { stackLayers } from "./stack-layers.ts";

const signal = new AbortController().signal;

/** Makes the files of one layer in a directory. */
type MakeLayer = (
  write: (path: string, bytes: number, letter?: string) => void,
  at: (path: string) => string,
) => void;

const IMAGES: Readonly<Record<string, readonly MakeLayer[]>> = {
  "files that are replaced and deleted": [
    (write) => {
      write("etc/a", 1000);
      write("etc/b", 2000);
      write("var/cache/deep/c", 3000);
      write("var/cache/deep/er/d", 4000);
    },
    (write) => {
      write("etc/a", 1500, "y");
      write("etc/.wh.b", 0);
      write("var/.wh.cache", 0);
      write("var/cache/new", 700);
    },
    (write) => write("etc/b", 50),
  ],
  "opaque directories, and kinds that change": [
    (write, at) => {
      write("opt/x/one", 100);
      write("opt/x/two", 200);
      write("srv/tree/leaf", 300);
      write("srv/file", 400);
      symlinkSync("/opt/x", at("srv/link"));
    },
    (write) => {
      write("opt/x/.wh..wh..opq", 0);
      write("opt/x/two", 250);
      write("srv/tree", 30);
      write("srv/file/below", 40);
      write("srv/link", 5);
    },
    (write, at) => {
      write("srv/.wh.tree", 0);
      mkdirSync(at("opt/empty"), { recursive: true });
    },
  ],
  "hard links": [
    (write, at) => {
      write("bin/tool", 5000);
      linkSync(at("bin/tool"), at("bin/other"));
      write("bin/single", 600);
      linkSync(at("bin/single"), at("bin/twin"));
    },
    (write) => {
      write("bin/.wh.tool", 0);
      write("bin/.wh.single", 0);
      write("bin/.wh.twin", 0);
    },
    (write) => write("bin/other", 10),
  ],
  "copies for a mode, and long names": [
    (write) => {
      write(`${"long-name/".repeat(20)}file`, 9000);
      for (let index = 0; index < 400; index += 1) write(`data/${index % 7}/${index}`, index);
    },
    (write, at) => {
      write(`${"long-name/".repeat(20)}file`, 9000);
      chmodSync(at(`${"long-name/".repeat(20)}file`), 0o755);
      for (let index = 0; index < 400; index += 3) write(`data/${index % 7}/${index}`, index);
      for (let index = 1; index < 400; index += 3) write(`data/${index % 7}/.wh.${index}`, 0);
    },
  ],
};

test.each(Object.entries(IMAGES))(
  "%s: the numbers are those of a recount by unpacking",
  async (_, makers) => {
    await using directory = await makeTempDirectory("recount");
    const formats = ["--format=gnu", "--format=pax"];
    const archives = makers.map((make, index) => {
      const from = join(directory.path, `layer${index}`);
      fill(from, make);
      const format = formats[index % 2] ?? "";
      return execFileSync("tar", [format, "-c", "-C", from, "."], { maxBuffer: 2 ** 28 });
    });
    const listings = archives.map((bytes) =>
      listLayer(layerOf(bytes), { limits: LAYER_LIMITS, signal }),
    );
    // As a hub keeps them.
    const kept = (await Promise.all(listings)).map((listing) =>
      unpackListing(packListing(listing)),
    );
    const stacked = stackLayers(kept);
    const recounted = recount(directory.path, archives);
    expect(stacked.layers.map(({ bytes, files }) => ({ bytes, files }))).toEqual(recounted.layers);
    const hidden = stacked.layers.reduce((sum, { hiddenBytes }) => sum + hiddenBytes, 0);
    const all = recounted.layers.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(hidden).toBe(all - recounted.visibleBytes);
    expect(hidden).toBeGreaterThan(0);
    expect(stacked.visible.map(({ path }) => path).toSorted()).toEqual(recounted.paths);
  },
);

function fill(root: string, make: MakeLayer): void {
  const at = (path: string) => join(root, path);
  make((path, bytes, letter = "x") => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), letter.repeat(bytes));
  }, at);
}

function layerOf(bytes: Buffer) {
  const open = async function* () {
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
  };
  return { diffId: `sha256:${createHash("sha256").update(bytes).digest("hex")}`, open };
}

/** Shares no code with what it checks: GNU tar unpacks, and the file system is asked. */
function recount(directory: string, archives: readonly Buffer[]) {
  const together = join(directory, "together");
  mkdirSync(together);
  const layers = archives.map((bytes, index) => {
    const alone = join(directory, `alone${index}`);
    mkdirSync(alone);
    execFileSync("tar", ["-x", "-C", alone], { input: bytes });
    const marks = walk(alone).filter((path) => /(^|\/)\.wh\./.test(path));
    for (const mark of marks) apply(together, mark);
    for (const mark of marks) rmSync(join(alone, mark));
    // What is no directory any more, or has become one, would stop tar.
    for (const path of everything(alone)) {
      const old = lstatSync(join(together, path), { throwIfNoEntry: false });
      const isDirectory = lstatSync(join(alone, path)).isDirectory();
      if (old !== undefined && !(old.isDirectory() && isDirectory)) {
        rmSync(join(together, path), { recursive: true });
      }
    }
    execFileSync("tar", ["-x", "-C", together, "--exclude", ".wh.*"], { input: bytes });
    return { bytes: bytesOf(alone), files: walk(alone).length };
  });
  return { layers, visibleBytes: bytesOf(together), paths: walk(together).toSorted() };
}

function apply(root: string, mark: string): void {
  const parent = join(root, dirname(mark));
  const name = mark.slice(mark.lastIndexOf("/") + 1);
  if (name !== ".wh..wh..opq") {
    rmSync(join(parent, name.slice(4)), { recursive: true, force: true });
  } else for (const child of readdirSync(parent)) rmSync(join(parent, child), { recursive: true });
}

function everything(root: string): string[] {
  return readdirSync(root, { recursive: true }).map(String);
}

/** Regular files. */
function walk(root: string): string[] {
  return everything(root).filter((path) => lstatSync(join(root, path)).isFile());
}

function bytesOf(root: string): number {
  const inodes = new Map(
    walk(root).map((path) => {
      const { ino, size } = lstatSync(join(root, path));
      return [ino, size];
    }),
  );
  return [...inodes.values()].reduce((sum, size) => sum + size, 0);
}
