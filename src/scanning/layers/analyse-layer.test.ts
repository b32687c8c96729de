import { createHash } from "node:crypto";
import { createGzip, gzipSync, zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { type TarEntry, writeTar } from "../../../test/harness/tar.ts";
import type { Analyser, LayerReport } from "../inventory/model.ts";
import { analyseLayer } from "./analyse-layer.ts";
import { LAYER_LIMITS, type LayerLimits } from "./layer-limits.ts";

/** Says of each file named `*.txt` that it is a package with the file's content as version. */
const texts: Analyser = {
  name: "texts",
  maxBytes: 1000,
  wants: ({ path }) => path.endsWith(".txt"),
  analyse: ({ path }, content) => {
    if (content.includes("malformed")) throw new Error("it is malformed");
    return {
      packages: [{ type: "deb", name: path, version: content.toString("utf8"), licences: [] }],
    };
  },
};

const PLAIN = writeTar([
  { name: "./a.txt", content: Buffer.from("1") },
  { name: "b.bin", content: Buffer.alloc(100_000, 7) },
  { name: "dir/c.txt", content: Buffer.from("3") },
]);

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

async function analyse(
  bytes: Buffer,
  { plain = PLAIN, limits = {} }: { plain?: Buffer; limits?: Partial<LayerLimits> } = {},
): Promise<LayerReport> {
  const open = async function* () {
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
  };
  const layer = { diffId: digestOf(plain), open };
  return await analyseLayer(layer, {
    analysers: [texts],
    analyserVersion: 1,
    limits: { ...LAYER_LIMITS, ...limits },
  });
}

function versionsOf({ files }: LayerReport): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(files).map(([path, { packages = [] }]) => [path, packages[0]?.version]),
  );
}

const SKIPPABLE = Buffer.from([0x52, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
const half = (from: number, to?: number) => zstdCompressSync(PLAIN.subarray(from, to));

test.each([
  ["plain", PLAIN],
  ["gzip", gzipSync(PLAIN)],
  [
    "gzip in two members",
    Buffer.concat([gzipSync(PLAIN.subarray(0, 700)), gzipSync(PLAIN.subarray(700))]),
  ],
  ["zstd", zstdCompressSync(PLAIN)],
  ["zstd in frames, as podman's chunks", Buffer.concat([half(0, 900), half(900), SKIPPABLE])],
  ["zstd after a skippable frame", Buffer.concat([SKIPPABLE, half(0)])],
])("a layer of %s is read whole", async (_kind, bytes) => {
  expect(versionsOf(await analyse(bytes))).toEqual({ "a.txt": "1", "dir/c.txt": "3" });
});

test("a frame of zstd that is larger than what is decompressed at once is read", async () => {
  const large = writeTar([
    { name: "zeros", content: Buffer.alloc(12 * 1024 * 1024) },
    { name: "z.txt", content: Buffer.from("last") },
  ]);
  const report = await analyse(zstdCompressSync(large), { plain: large });
  expect(versionsOf(report)).toEqual({ "z.txt": "last" });
});

const windowBomb = Buffer.from([
  0x28, 0xb5, 0x2f, 0xfd, 0, 0xff, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]);

const REFUSED: readonly [string, Buffer, string, Partial<LayerLimits>][] = [
  ["cut gzip", gzipSync(PLAIN).subarray(0, 150), "CORRUPT", {}],
  ["cut zstd", zstdCompressSync(PLAIN).subarray(0, 100), "CORRUPT", {}],
  ["bytes after zstd", Buffer.concat([half(0), Buffer.from("0123456789")]), "CORRUPT", {}],
  ["a cut archive", PLAIN.subarray(0, 90_000), "CORRUPT", {}],
  ["no archive", Buffer.alloc(5000, 3), "CORRUPT", {}],
  ["bzip2", Buffer.from("BZh91AY&SY"), "UNKNOWN_COMPRESSION", {}],
  ["too many bytes", gzipSync(PLAIN), "TOO_MANY_BYTES", { bytes: 50_000 }],
  ["too many entries", PLAIN, "TOO_MANY_ENTRIES", { entries: 2 }],
  ["too high a ratio", gzipSync(PLAIN), "RATIO_TOO_HIGH", { freeBytes: 1000, ratio: 10 }],
  ["too large a window", windowBomb, "WINDOW_TOO_LARGE", {}],
  ["too many packages", PLAIN, "TOO_MANY_PACKAGES", { packages: 1 }],
  ["no time", PLAIN, "TOO_SLOW", { milliseconds: 0 }],
  ["other content", writeTar([]), "DIFFERENT_CONTENT", {}],
];

test.each(REFUSED)("a layer of %s is refused, and nothing is said of it", async (...refused) => {
  const [_kind, bytes, code, limits] = refused;
  await expect(analyse(bytes, { limits })).rejects.toMatchObject({ name: "LayerRefused", code });
});

test("gigabytes of zeros in megabytes are refused long before their end", async () => {
  let written = 0;
  const gzip = createGzip();
  const zeros = Buffer.alloc(1024 * 1024);
  for (let n = 0; n < 2000; n += 1) gzip.write(zeros, () => (written += 1));
  const open = () => gzip as AsyncIterable<Buffer>;
  const scan = analyseLayer(
    { diffId: digestOf(PLAIN), open },
    { analysers: [texts], analyserVersion: 1, limits: { ...LAYER_LIMITS, freeBytes: 8 * 2 ** 20 } },
  );
  // The first block of zeros ends the archive; the bytes behind it count all the same.
  await expect(scan).rejects.toMatchObject({ code: "RATIO_TOO_HIGH" });
  expect(written).toBeLessThan(500);
});

test("a file that cannot be read is a finding about it and hides the same file beneath", async () => {
  const plain = writeTar([
    { name: "bad.txt", content: Buffer.from("malformed") },
    { name: "large.txt", content: Buffer.alloc(2000, 1) },
    { name: "good.txt", content: Buffer.from("1") },
  ]);
  const { files } = await analyse(plain, { plain });
  expect(files["bad.txt"]).toEqual({ problem: "texts could not read it: it is malformed" });
  expect(files["large.txt"]?.problem).toBe("it has 2000 bytes, which is more than is read");
  expect(files["good.txt"]?.packages).toHaveLength(1);
});

test("whiteouts and opaque directories are told apart from files", async () => {
  const names = ["etc/.wh.os-release", "var/.wh..wh..opq", ".wh..wh.plnk", "x/a.wh.txt"];
  const plain = writeTar(names.map((name): TarEntry => ({ name, content: Buffer.from("1") })));
  expect(await analyse(plain, { plain })).toMatchObject({
    whiteouts: ["etc/os-release"],
    opaque: ["var"],
    files: { "x/a.wh.txt": {} },
  });
});

test("content is found by the name that a hard link gives it", async () => {
  const plain = writeTar([
    { name: "store/00af", content: Buffer.from("1") },
    { name: "a.txt", content: Buffer.from("2") },
  ]);
  const links = Buffer.concat([hardLink("b.txt", "store/00af"), hardLink("c.txt", "a.txt")]);
  const linked = Buffer.concat([plain.subarray(0, -1024), links, Buffer.alloc(1024)]);
  const found = versionsOf(await analyse(gzipSync(linked), { plain: linked }));
  expect(found).toEqual({ "a.txt": "2", "b.txt": "1", "c.txt": "2" });
});

function hardLink(name: string, target: string): Buffer {
  const header = writeTar([{ name, content: Buffer.alloc(0) }]).subarray(0, 512);
  header.write("1", 156);
  header.write(target, 157);
  header.write(" ".repeat(8), 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\u0000`, 148);
  return header;
}
