import { open, stat } from "node:fs/promises";
import { OciError } from "../../oci/error.ts";
import { openArchiveFiles } from "./archive-files.ts";
import { openDirectoryFiles } from "./directory-files.ts";
import { findDockerImage } from "./docker-archive.ts";
import type { ImageFiles } from "./image-files.ts";
import { type ImageSource, ImageUnreadable } from "./image-source.ts";
import { findLayoutImage, type ImageChoice } from "./oci-layout.ts";

/** An image of a file or directory, which has to be closed. */
export type OpenImage = ImageSource & AsyncDisposable;

/** Opens a `docker save` archive or an OCI layout, as a directory or in an archive. Throws ImageUnreadable for anything else. */
export async function openImage(path: string, choice: ImageChoice): Promise<OpenImage> {
  await using resources = new AsyncDisposableStack();
  const files = resources.use(await openFiles(path));
  const source = await findImage(files, choice);
  if (source === undefined) {
    throw new ImageUnreadable(`${path} is neither a docker-save archive nor an OCI image layout`);
  }
  const kept = resources.move();
  return { ...source, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function findImage(files: ImageFiles, choice: ImageChoice): Promise<ImageSource | undefined> {
  try {
    // New archives are both; manifest.json is what `docker load` has always read.
    return (await findDockerImage(files, choice.name)) ?? (await findLayoutImage(files, choice));
  } catch (cause) {
    if (cause instanceof OciError) throw new ImageUnreadable(cause.message, { cause });
    throw cause;
  }
}

async function openFiles(path: string): Promise<ImageFiles> {
  if ((await stat(path)).isDirectory()) return openDirectoryFiles(path);
  await assertPlain(path);
  return await openArchiveFiles(path);
}

async function assertPlain(path: string): Promise<void> {
  await using file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
  if (buffer[0] === 0x1f && buffer[1] === 0x8b) {
    throw new ImageUnreadable(`${path} is compressed as a whole; decompress it first (gunzip)`);
  }
}
