import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { z } from "zod";

const layerFacts = z.object({
  /** Digest of the archive. */
  diffId: z.string(),
  /** Digest and size of the compressed archive, which is what registries store. */
  digest: z.string(),
  size: z.number(),
});

export type Layer = z.infer<typeof layerFacts> & {
  readonly file: string;
  readonly comment: string;
};

export type LayerContent = {
  readonly name: string;
  readonly comment: string;
  readonly root: string;
  /** What of `root` goes in; all of it if left out. */
  readonly paths?: readonly string[];
  readonly owner?: number;
};

/** Archives a directory so that the same files give the same bytes, whoever builds and whenever. */
export async function packLayer(content: LayerContent, directory: string): Promise<Layer> {
  const { root, paths = ["."], owner = 0 } = content;
  const tar = spawn(
    "tar",
    [
      ...["--create", "--format=posix", "--sort=name", "--mtime=@0", "--numeric-owner"],
      ...["--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime"],
      ...[`--owner=${owner}`, `--group=${owner}`, `--directory=${root}`],
      ...(content.paths === undefined ? [] : ["--no-recursion"]),
      ...paths,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = new Promise<void>((resolve, reject) => {
    tar.once("error", reject);
    tar.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`tar could not archive ${root}`));
    });
  });
  const [layer] = await Promise.all([compress(tar.stdout, content, directory), ended]);
  return layer;
}

/** Takes an archive made elsewhere, such as by debootstrap and tar, as a layer. */
export async function importLayer(archive: string, directory: string): Promise<Layer> {
  const content = { name: "base", comment: `imported from ${archive}`, root: "" };
  return compress(createReadStream(archive), content, directory);
}

/** A layer packed before under the same name, unless it is gone. */
export async function findLayer(
  { name, comment }: LayerContent,
  directory: string,
): Promise<Layer | undefined> {
  const file = join(directory, `${name}.tar.gz`);
  const facts = await readFile(join(directory, `${name}.json`), "utf8").catch(() => undefined);
  if (facts === undefined) return undefined;
  return { ...layerFacts.parse(JSON.parse(facts)), file, comment };
}

async function compress(
  archive: Readable,
  { name, comment }: LayerContent,
  directory: string,
): Promise<Layer> {
  const file = join(directory, `${name}.tar.gz`);
  const unpacked = createHash("sha256");
  const packed = createHash("sha256");
  await pipeline(
    archive,
    new PassThrough().on("data", (chunk: Buffer) => unpacked.update(chunk)),
    createGzip({ level: 6 }),
    new PassThrough().on("data", (chunk: Buffer) => packed.update(chunk)),
    createWriteStream(`${file}.part`),
  );
  const facts = {
    diffId: `sha256:${unpacked.digest("hex")}`,
    digest: `sha256:${packed.digest("hex")}`,
    size: (await stat(`${file}.part`)).size,
  };
  await rename(`${file}.part`, file);
  await writeFile(join(directory, `${name}.json`), JSON.stringify(facts));
  return { ...facts, file, comment };
}
