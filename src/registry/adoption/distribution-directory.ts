import { opendir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { isMissing } from "../../lib/file-error.ts";

/** Where CNCF distribution keeps its repositories, below its root directory. */
const REPOSITORIES = "docker/registry/v2/repositories";

/** A link file: distribution records with it that a repository has a layer, a manifest or a tag. */
export interface Link {
  /** The digest the file holds, unproven. */
  readonly digest: string;
  readonly changedAt: Date;
}

export interface TagLink extends Link {
  readonly tag: string;
}

/** A repository's folder; its name is unproven. */
export interface DistributionRepository {
  readonly name: string;
  readonly folder: string;
}

/** Whether CNCF distribution has kept repositories below `root`. */
export async function isDistributionDirectory(root: string): Promise<boolean> {
  try {
    return (await stat(join(root, REPOSITORIES))).isDirectory();
  } catch (cause) {
    if (isMissing(cause)) return false;
    throw cause;
  }
}

/** Every repository below `root`, folder by folder: nothing is held but the way from the root to here. */
export async function* listDistributionRepositories(
  root: string,
): AsyncGenerator<DistributionRepository> {
  yield* walk({ name: "", folder: join(root, REPOSITORIES) });
}

async function* walk(place: DistributionRepository): AsyncGenerator<DistributionRepository> {
  const names = await listFolders(place.folder);
  if (names.includes("_manifests") || names.includes("_layers")) yield place;
  for (const name of names.filter((each) => !each.startsWith("_")).sort()) {
    yield* walk({
      name: place.name === "" ? name : `${place.name}/${name}`,
      folder: join(place.folder, name),
    });
  }
}

export async function* listLayers(repository: DistributionRepository): AsyncGenerator<Link> {
  yield* listDigestLinks(join(repository.folder, "_layers"));
}

export async function* listRevisions(repository: DistributionRepository): AsyncGenerator<Link> {
  yield* listDigestLinks(join(repository.folder, "_manifests", "revisions"));
}

export async function* listTags(repository: DistributionRepository): AsyncGenerator<TagLink> {
  const folder = join(repository.folder, "_manifests", "tags");
  for (const tag of await listFolders(folder)) {
    const link = await readLink(join(folder, tag, "current", "link"));
    if (link !== undefined) yield { ...link, tag };
  }
}

async function* listDigestLinks(folder: string): AsyncGenerator<Link> {
  for (const algorithm of await listFolders(folder)) {
    for await (const hex of eachFolder(join(folder, algorithm))) {
      // A link that was deleted leaves its folder behind.
      const link = await readLink(join(folder, algorithm, hex, "link"));
      if (link !== undefined) yield link;
    }
  }
}

async function readLink(path: string): Promise<Link | undefined> {
  try {
    const facts = await stat(path);
    return { digest: (await readFile(path, "utf8")).trim(), changedAt: facts.mtime };
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
}

async function listFolders(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const name of eachFolder(folder)) names.push(name);
  return names;
}

async function* eachFolder(folder: string): AsyncGenerator<string> {
  try {
    for await (const entry of await opendir(folder)) if (entry.isDirectory()) yield entry.name;
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
  }
}
