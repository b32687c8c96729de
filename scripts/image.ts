/**
 * `npm run image`: builds the container image without a container engine and without root, into dist-image/berth.tar.
 *   --base FILE   a root file system (tar) to stand on instead of Debian's packages
 *   --refresh     download and unpack everything again
 */
import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { arch } from "node:process";
import { parseArgs } from "node:util";
import { formatBytes } from "../src/lib/byte-size.ts";
import { copyApplication, installDependencies, makeDataDirectory } from "./image/application.ts";
import { writeArchive } from "./image/archive.ts";
import { unpackBase } from "./image/base.ts";
import { run } from "./image/command.ts";
import { imageConfig, USER } from "./image/image-config.ts";
import { findLayer, importLayer, type Layer, type LayerContent, packLayer } from "./image/layer.ts";

const OUTPUT = "dist-image/berth.tar";
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

const { values: flags } = parseArgs({
  options: { base: { type: "string" }, refresh: { type: "boolean", default: false } },
});
const base = flags.base === undefined ? undefined : resolve(flags.base);
process.chdir(join(import.meta.dirname, ".."));
process.umask(0o022);

const cache = resolve(".cache/image");
const work = join(cache, "work");
if (flags.refresh) await rm(cache, { recursive: true, force: true });
await rm(work, { recursive: true, force: true });
await mkdir(work, { recursive: true });

const layers = await packLayers();
const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
const architecture = ARCHITECTURES[arch];
if (architecture === undefined) throw new Error(`there is no Node for ${arch} in package.json`);
const created = new Date(1000 * secondsOfSource()).toISOString();
const digest = await writeArchive(
  {
    config: imageConfig({ version, architecture, created }),
    layers,
    names: [`berth:${version}`, "berth:latest"],
  },
  join(work, "archive"),
  OUTPUT,
);
await rm(work, { recursive: true });
const size = layers.reduce((sum, layer) => sum + layer.size, 0);
console.log(`${OUTPUT}: berth:${version} ${digest} (${formatBytes(size)})`);
console.log(`docker load --input ${OUTPUT}`);

/** The time of the sources, not of the build: the same commit makes the same image. */
function secondsOfSource(): number {
  return Number(process.env.SOURCE_DATE_EPOCH || run("git", ["log", "-1", "--format=%ct"]));
}

/** From what changes least to what changes most, so that an update pulls little. */
async function packLayers(): Promise<Layer[]> {
  const lock = await fingerprint("package-lock.json", "scripts/image/application.ts");
  const roots = {
    node: join(work, "node"),
    dependencies: join(work, "dependencies"),
    application: join(work, "application"),
  };
  const node = { name: `node-${lock}`, comment: "the pinned Node", root: roots.node };
  const dependencies = {
    name: `dependencies-${lock}`,
    comment: "npm ci --omit=dev",
    root: roots.dependencies,
  };
  const installed = await reuse([node, dependencies], () => installDependencies(roots));
  await copyApplication(roots);
  const data = join(work, "data");
  const path = await makeDataDirectory(data);
  return [
    base === undefined ? await packBase() : await importLayer(base, cache),
    ...installed,
    await packLayer({ name: "application", comment: "berth", root: roots.application }, cache),
    await packLayer(
      { name: "data", comment: "data directory", root: data, paths: [path], owner: USER.id },
      cache,
    ),
  ];
}

async function packBase(): Promise<Layer> {
  const recipe = await fingerprint("scripts/image/base.ts");
  const content = {
    name: `debian-${recipe}`,
    comment: "Debian packages",
    root: join(work, "base"),
  };
  const [layer] = await reuse([content], async () => {
    await mkdir(content.root);
    await chmod(content.root, 0o755);
    await unpackBase(content.root, await makeDirectory(join(work, "packages")));
  });
  if (layer === undefined) throw new Error("the base was not packed");
  return layer;
}

/** Layers of an earlier run, or those of what `make` puts into their roots. */
async function reuse(contents: readonly LayerContent[], make: () => Promise<void>) {
  const found = await Promise.all(contents.map((content) => findLayer(content, cache)));
  const known = found.filter((layer) => layer !== undefined);
  if (known.length === contents.length) return known;
  await make();
  const layers: Layer[] = [];
  for (const content of contents) layers.push(await packLayer(content, cache));
  return layers;
}

async function fingerprint(...files: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) hash.update(await readFile(file));
  return hash.digest("hex").slice(0, 16);
}

async function makeDirectory(path: string): Promise<string> {
  await mkdir(path, { recursive: true });
  return path;
}
