import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import {
  buildImage,
  buildIndex,
  digestOf,
  randomLayer,
  writeOciLayout,
} from "../../../../test/harness/images.ts";
import { makeTempDirectory } from "../../../../test/harness/temp-directory.ts";
import { readLayout, readSavedImage } from "./image-files.ts";

test.each(["image", "index"])("an OCI image layout with an %s", async (kind) => {
  await using home = await makeTempDirectory("layout");
  const image = buildImage();
  const source = kind === "image" ? image : buildIndex([image]);
  await writeOciLayout(join(home.path, "in"), "latest", source);
  const digest = await readLayout(join(home.path, "in"), join(home.path, "out"));
  expect(digest).toBe(image.manifest.digest);
  for (const { digest: name, bytes } of [image.config, ...image.layers])
    expect(await readFile(join(home.path, "out", name.slice(7)))).toEqual(bytes);
});

test("what docker save wrote, whose layers are packed or not", async () => {
  await using home = await makeTempDirectory("saved");
  const [plain, packed] = [randomLayer(), gzipSync(randomLayer())];
  const config = Buffer.from('{"architecture":"amd64"}');
  await writeFile(join(home.path, "config.json"), config);
  await writeFile(join(home.path, "a.tar"), plain);
  await writeFile(join(home.path, "b.tar"), packed);
  const saved = [{ Config: "config.json", RepoTags: ["x:y"], Layers: ["a.tar", "b.tar"] }];
  await writeFile(join(home.path, "manifest.json"), JSON.stringify(saved));
  const folder = join(home.path, "out");
  const digest = await readSavedImage(home.path, folder);
  const bytes = await readFile(join(folder, "manifest.json"));
  expect(digest).toBe(digestOf(bytes));
  const manifest = JSON.parse(bytes.toString("utf8"));
  expect(manifest.config).toMatchObject({ digest: digestOf(config), size: config.length });
  expect(manifest.layers[1].digest).toBe(digestOf(packed));
  const [first] = manifest.layers;
  expect(digestOf(await readFile(join(folder, first.digest.slice(7))))).toBe(first.digest);
});

test("a link in what docker save wrote shows nothing of the machine", async () => {
  await using home = await makeTempDirectory("linked");
  const unpacked = join(home.path, "in");
  await mkdir(unpacked);
  await writeFile(join(unpacked, "config.json"), "{}");
  await symlink("/etc/passwd", join(unpacked, "a.tar"));
  const saved = [{ Config: "config.json", Layers: ["a.tar"] }];
  await writeFile(join(unpacked, "manifest.json"), JSON.stringify(saved));
  await expect(readSavedImage(unpacked, join(home.path, "out"))).rejects.toThrow("a link");
});
