import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createGzip, gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { writeTar } from "../../../test/harness/tar.ts";
import { LAYER_LIMITS, LayerWorkers } from "../index.ts";
import type { ReadableLayer } from "../layers/analyse-layer.ts";
import type { LayerLimits } from "../layers/layer-limits.ts";

const never = new AbortController().signal;
const workers = workersWith({});
afterAll(() => workers[Symbol.asyncDispose]());

function workersWith(limits: Partial<LayerLimits>, megabytes = 256): LayerWorkers {
  return new LayerWorkers({ limits: { ...LAYER_LIMITS, ...limits }, megabytes, threads: 2 });
}

function layerOf(plain: Buffer, bytes = plain): ReadableLayer {
  const diffId = `sha256:${createHash("sha256").update(plain).digest("hex")}`;
  return {
    diffId,
    open: async function* () {
      for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
    },
  };
}

function status(text: string): Buffer {
  return writeTar([{ name: "var/lib/dpkg/status", content: Buffer.from(text) }]);
}

const PLAIN = status("Package: bash\nStatus: install ok installed\nVersion: 5\n");

async function expectWell(pool: LayerWorkers): Promise<void> {
  const { report } = await pool.analyse(layerOf(PLAIN, gzipSync(PLAIN)), never);
  expect(report.files["var/lib/dpkg/status"]?.packages).toMatchObject([{ name: "bash" }]);
}

test("a layer is looked at in a thread, and a refusal keeps its code", async () => {
  await expectWell(workers);
  const other = { ...layerOf(PLAIN), diffId: `sha256:${"0".repeat(64)}` };
  await expect(workers.analyse(other, never)).rejects.toMatchObject({ code: "DIFFERENT_CONTENT" });
  await expectWell(workers);
});

/** Endless archives, of which only what is asked for is made. */
function endless(make: (index: number) => Buffer): ReadableLayer {
  return {
    diffId: `sha256:${"0".repeat(64)}`,
    open: async function* () {
      const gzip = createGzip({ level: 1 });
      const isOver = { value: false };
      const feed = async () => {
        for (let index = 0; !isOver.value; index += 1) {
          if (!gzip.write(make(index))) await new Promise((resolve) => gzip.once("drain", resolve));
        }
      };
      void feed();
      try {
        yield* gzip as AsyncIterable<Buffer>;
      } finally {
        isOver.value = true;
        gzip.destroy();
      }
    },
  };
}

const ZEROS = Buffer.alloc(1024 * 1024);
/** A header that promises 50 GB, as a bomb has it. */
const VAST = vastHeader();

function vastHeader(): Buffer {
  const header = Buffer.from(
    writeTar([{ name: "zeros", content: Buffer.alloc(0) }]).subarray(0, 512),
  );
  header.write("0", 124);
  header.write(`${(2 ** 32).toString(8).padStart(11, "0")}\u0000`, 124);
  header.write(" ".repeat(8), 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\u0000`, 148);
  return header;
}

describe("S44: a layer that is made to use up a scanner is refused, and others are looked at meanwhile", () => {
  test.each<[string, string, ReadableLayer, Partial<LayerLimits>]>([
    [
      "gigabytes of zeros",
      "RATIO_TOO_HIGH",
      endless((index) => (index === 0 ? Buffer.concat([VAST, ZEROS]) : ZEROS)),
      {},
    ],
    [
      "tiny files without end",
      "TOO_MANY_ENTRIES",
      endless((index) => tiny(index)),
      { entries: 200_000, freeBytes: 2 ** 40 },
    ],
    ["a path of a megabyte", "PATH_TOO_LONG", layerOf(longPath()), {}],
    [
      "more bytes than a disk has",
      "TOO_MANY_BYTES",
      endless((index) => (index === 0 ? VAST : ZEROS)),
      { bytes: 2 ** 28, freeBytes: 2 ** 40 },
    ],
  ])("%s", async (...refused) => {
    const [, code, layer, limits] = refused;
    await using pool = workersWith(limits);
    const bomb = expect(pool.analyse(layer, never)).rejects.toMatchObject({ code });
    await expectWell(pool);
    await bomb;
    await expectWell(pool);
  });

  test("packages that take all the memory end their thread alone", async () => {
    const paragraph = (index: number) =>
      `Package: p${index}\nStatus: install ok installed\nVersion: ${index}\nDepends: ${"a, ".repeat(400)}b\n\n`;
    const plain = status(Array.from({ length: 4000 }, (_, index) => paragraph(index)).join(""));
    await using pool = workersWith({}, 24);
    const bomb = expect(pool.analyse(layerOf(plain), never)).rejects.toMatchObject({
      code: "TOO_MUCH_MEMORY",
    });
    await expectWell(pool);
    await bomb;
    await expectWell(pool);
  });

  test("a layer that does not go on is given up when its time is over, also while its bytes are awaited", async () => {
    await using pool = workersWith({ milliseconds: -4_500 });
    const stuck: ReadableLayer = {
      diffId: layerOf(PLAIN).diffId,
      open: async function* () {
        yield PLAIN.subarray(0, 512);
        await sleep(60_000, undefined, { ref: false });
      },
    };
    await expect(pool.analyse(stuck, never)).rejects.toMatchObject({ code: "TOO_SLOW" });
  });

  test("who waits for a layer stops waiting, and its thread ends", async () => {
    const stop = new AbortController();
    const scan = workers.analyse(endless(tiny), stop.signal);
    stop.abort(new Error("the hub stops"));
    await expect(scan).rejects.toThrow("the hub stops");
    await expectWell(workers);
  });
});

function tiny(index: number): Buffer {
  const entries = Array.from({ length: 500 }, (_, at) => ({
    name: `files/${index}-${at}`,
    content: Buffer.alloc(0),
  }));
  return writeTar(entries).subarray(0, -1024);
}

function longPath(): Buffer {
  const name = Buffer.alloc(1024 * 1024 - 1, "a/b");
  const header = Buffer.from(writeTar([{ name: "././@LongLink", content: name }]));
  header.write("L", 156);
  header.write(" ".repeat(8), 148);
  const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\u0000`, 148);
  return Buffer.concat([header.subarray(0, -1024), PLAIN]);
}
