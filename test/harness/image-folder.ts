import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Image } from "./images.ts";

/** An image as builders are given bases: `manifest.json`, and each blob under the hexadecimal part of its digest. */
export async function writeImageFolder(folder: string, image: Image): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "manifest.json"), image.manifest.bytes);
  for (const { digest, bytes } of [image.config, ...image.layers])
    await writeFile(join(folder, digest.slice(7)), bytes);
}
