import type { Kysely } from "kysely";
import {
  architectureOf,
  createOfficial,
  type Official,
  type OfficialOptions,
} from "../builds/index.ts";
import type { Digest } from "../oci/digest.ts";
import type { RepositoryName } from "../oci/name.ts";
import { parseTag } from "../oci/tag.ts";
import type { Database } from "../platform/db/index.ts";
import { findTag, type Registry } from "../registry/index.ts";
import { findRepository, findRepositoryById, findWholeRepository } from "../repositories/index.ts";
import { changeReviewer, makeStage, removeStage } from "./official-stages.ts";
import type { HubTables } from "./stores.ts";

type Derived =
  | "bases"
  | "findByName"
  | "openStage"
  | "removeStage"
  | "onReviewer"
  | "database"
  | "advisories";

interface OfficialParts extends Omit<OfficialOptions, Derived> {
  readonly database: Database<HubTables>;
  readonly images: Registry["images"];
  readonly removal: Registry["removal"];
}

export async function composeOfficial(parts: OfficialParts): Promise<Official> {
  const { database } = parts;
  return await createOfficial({
    ...parts,
    advisories: `${parts.data}/advisories`,
    findByName: (name) => findWholeRepository(database.reader, name as RepositoryName),
    bases: { pins: new Set(), find: (name, tag) => findBase(parts, name, tag) },
    openStage: async ({ id, repositoryId }) => {
      const known = repositoryId && (await findRepositoryById(database.reader, repositoryId));
      if (known) return known;
      const made = await database.write((trx) => makeStage(trx, id, parts.clock()));
      parts.onChange();
      return made;
    },
    removeStage: (id) => removeStage(parts, id),
    onReviewer: (trx, account, isReviewer) =>
      changeReviewer(trx as unknown as Kysely<HubTables>, account, {
        ...{ isReviewer, now: parts.clock() },
      }),
  });
}

async function findBase(
  { database, images }: Pick<OfficialParts, "database" | "images">,
  name: string,
  tag: string,
): ReturnType<OfficialOptions["bases"]["find"]> {
  const repository = await findRepository(database.reader, `library/${name}` as RepositoryName);
  if (repository === undefined) return undefined;
  const found = await findTag(database.reader, repository, parseTag(tag));
  const image = found && (await images.find(repository, found.digest as Digest));
  if (image === undefined) return undefined;
  const { children } = image.manifest;
  const layers = new Map<string, number>();
  const add = (platform: unknown, { manifest }: Pick<typeof image, "manifest">) => {
    const architecture = architectureOf(platform);
    if (architecture !== undefined) layers.set(architecture, manifest.layers.length);
  };
  if (children.length === 0) add(image.config, image);
  for (const { digest, platform } of children) {
    const part = await images.find(repository, digest as Digest);
    if (part !== undefined) add(platform, part);
  }
  const architectures = [...layers.keys()];
  return { architectures: architectures.length > 0 ? architectures : undefined, layers };
}
