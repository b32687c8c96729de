import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeEmptyIndex } from "./content.ts";
import type { Peer } from "./peer.ts";
import { pushTags } from "./peers/registry-client.ts";

const TAGS_AT_ONCE = 100;
const PUSHES_AT_ONCE = 32;

export function tagName(index: number): string {
  return `v${String(index).padStart(7, "0")}`;
}

export function repositoryName(index: number): string {
  return `many/r${String(index).padStart(7, "0")}`;
}

/** Gives a repository `count` tags of one manifest. */
export async function seedTags(peer: Peer, repository: string, count: number): Promise<void> {
  const manifest = makeEmptyIndex();
  const tags = Array.from({ length: count }, (_, index) => tagName(index));
  if (peer.name === "docker-registry") return writeTagFolders(peer, repository, tags);
  for (let at = 0; at < count; at += TAGS_AT_ONCE) {
    const some = tags.slice(at, at + TAGS_AT_ONCE);
    await pushTags(peer.origin, repository, { tags: some, manifest });
  }
}

/** Makes `count` repositories with one tag each. */
export async function seedRepositories(peer: Peer, count: number): Promise<void> {
  const manifest = makeEmptyIndex();
  let next = 0;
  await Promise.all(Array.from({ length: PUSHES_AT_ONCE }, seedSome));

  async function seedSome(): Promise<void> {
    for (let index = next++; index < count; index = next++) {
      const repository = repositoryName(index);
      if (peer.name === "docker-registry") await writeTagFolders(peer, repository, ["latest"]);
      else await peer.publishManifest(repository, "latest", manifest);
    }
  }
}

/** What a push leaves behind in the data directory of docker-registry; pushing that much would take it minutes. */
async function writeTagFolders(
  peer: Peer,
  repository: string,
  tags: readonly string[],
): Promise<void> {
  const { digest } = makeEmptyIndex();
  const hex = digest.slice("sha256:".length);
  const root = join(peer.dataDirectory, "docker/registry/v2/repositories", repository);
  await mkdir(join(root, "_layers"), { recursive: true });
  await writeLink(join(root, "_manifests/revisions/sha256", hex), digest);
  for (const tag of tags) {
    await writeLink(join(root, "_manifests/tags", tag, "current"), digest);
    await writeLink(join(root, "_manifests/tags", tag, "index/sha256", hex), digest);
  }
}

async function writeLink(folder: string, digest: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "link"), digest);
}
