import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { buildImage, type Image } from "../../../../test/harness/images.ts";
import { makeTempDirectory, type TempDirectory } from "../../../../test/harness/temp-directory.ts";
import { BaseFolders, type BaseSource } from "./base-folder.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const KIB = 1024;

let home: TempDirectory;
beforeEach(async () => {
  home = await makeTempDirectory("bases");
});
afterEach(() => home[Symbol.asyncDispose]());

/** About as large as it says. */
const imageOf = (bytes: number) =>
  buildImage({ layers: [Buffer.alloc(bytes, Math.random().toString())] });
const nameOf = ({ manifest }: Image) => manifest.digest.slice(7);

function sourceOf(image: Image): BaseSource {
  return {
    readManifest: async () => ({
      bytes: image.manifest.bytes,
      mediaType: image.manifest.mediaType,
    }),
    openBlob: async (digest) => {
      const blob = [image.config, ...image.layers].find((one) => one.digest === digest);
      return Readable.from([blob?.bytes ?? Buffer.alloc(0)]);
    },
  };
}

async function pull(folders: BaseFolders, image: Image, held: DisposableStack): Promise<number> {
  const { size } = await folders.pull({
    ...{ source: sourceOf(image), reference: "1", platform: "linux/amd64", held },
    ...{ limitBytes: 1024 * KIB, signal: new AbortController().signal },
  });
  return size;
}

const listNames = () => readdir(home.path).then((names) => new Set(names));
const setUsed = (image: Image, at: number) => utimes(join(home.path, nameOf(image)), at, at);

test("of bases that take too much, what was used longest ago goes, and is pulled again when it is needed", async () => {
  const folders = new BaseFolders(home.path, 250 * KIB);
  const [first, second, third] = [imageOf(100 * KIB), imageOf(100 * KIB), imageOf(100 * KIB)];
  for (const [at, image] of [first, second].entries()) {
    using held = new DisposableStack();
    expect(await pull(folders, image, held)).toBeGreaterThan(100 * KIB);
    await setUsed(image, 1000 + at);
  }
  using held = new DisposableStack();
  // Used once more, it is no longer the oldest.
  expect(await pull(folders, first, held)).toBe(0);
  await pull(folders, third, held);
  expect(await listNames()).toEqual(new Set([nameOf(first), nameOf(third)]));
  expect(await pull(folders, second, held)).toBeGreaterThan(100 * KIB);
});

test("what a build uses stays, however much it takes, and goes once no build does", async () => {
  const folders = new BaseFolders(home.path, 150 * KIB);
  const images = [imageOf(100 * KIB), imageOf(100 * KIB), imageOf(100 * KIB)];
  using one = new DisposableStack();
  {
    using other = new DisposableStack();
    for (const image of images) await pull(folders, image, other);
    for (const image of images.slice(0, 1)) await pull(folders, image, one);
    await folders.tidy(new Date());
    expect(await listNames()).toEqual(new Set(images.map(nameOf)));
  }
  // As if it were the oldest of all: the other build holds it still.
  for (const [at, image] of images.entries()) await setUsed(image, 1000 + at);
  await folders.tidy(new Date(2000));
  expect(await listNames()).toEqual(new Set(images.slice(0, 1).map(nameOf)));
});

test("what nobody has used for a week goes, and what a hub that died had begun", async () => {
  const folders = new BaseFolders(home.path, 1024 * KIB);
  using held = new DisposableStack();
  const [old, used] = [imageOf(KIB), imageOf(KIB)];
  for (const image of [old, used]) await pull(folders, image, held);
  for (const name of ["part-1", "gone-2"]) {
    await mkdir(join(home.path, name));
    await writeFile(join(home.path, name, "half"), "half");
  }
  const restarted = new BaseFolders(home.path, 1024 * KIB);
  await pull(restarted, used, held);
  await restarted.tidy(new Date(Date.now() + 8 * DAY_MS));
  expect(await listNames()).toEqual(new Set([nameOf(used)]));
});
