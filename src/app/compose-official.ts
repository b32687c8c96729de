import type { Kysely } from "kysely";
import {
  architectureOf,
  createOfficial,
  type Official,
  type OfficialOptions,
  type Submission,
} from "../builds/index.ts";
import {
  claimNamespace,
  findNamespace,
  type NamespaceId,
  type NamespaceName,
} from "../namespaces/index.ts";
import type { Digest } from "../oci/digest.ts";
import type { RepositoryName } from "../oci/name.ts";
import { parseTag } from "../oci/tag.ts";
import { putRight } from "../organizations/index.ts";
import type { Database } from "../platform/db/index.ts";
import { findTag, type Registry } from "../registry/index.ts";
import {
  findRepository,
  findRepositoryById,
  findWholeRepository,
  insertRepository,
  type Repository,
} from "../repositories/index.ts";
import type { HubTables } from "./stores.ts";

type Derived = "bases" | "findByName" | "openStage" | "database" | "advisories";

interface OfficialParts extends Omit<OfficialOptions, Derived> {
  readonly database: Database<HubTables>;
  readonly images: Registry["images"];
}

const STAGE = "review" as NamespaceName;

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

/** A private repository of a namespace that is nobody's: who reviews may pull from it. */
async function makeStage(
  trx: Kysely<HubTables>,
  id: Submission["id"],
  now: Date,
): Promise<Repository> {
  const namespace = await openNamespace(trx, now);
  const name = `${STAGE}/${id}` as RepositoryName;
  const repository = await insertRepository(trx, {
    ...{ name, namespace: { id: namespace }, visibility: "private", now },
  });
  const reviewers = await trx.selectFrom("official_reviewers").select("account_id").execute();
  for (const { account_id: account } of reviewers) {
    await putRight(trx, {
      subject: { kind: "account", id: account },
      target: { namespace, repository, pattern: "" },
      ...{ actions: ["pull"], tags: undefined, createOnly: false, now },
    });
  }
  await trx
    .updateTable("official_submissions")
    .set({ repository_id: repository })
    .where("id", "=", id)
    .execute();
  const made = await findRepositoryById(trx, repository);
  if (made === undefined) throw new Error(`could not find ${name}, which was made just now`);
  return made;
}

/** Throws if somebody has the name from before it was kept for this. */
async function openNamespace(trx: Kysely<HubTables>, now: Date): Promise<NamespaceId> {
  const own = await trx.selectFrom("official_stages").select("namespace_id").executeTakeFirst();
  if (own !== undefined) return own.namespace_id;
  if ((await findNamespace(trx, STAGE)) !== undefined)
    throw new Error(
      `the namespace ${STAGE} is somebody's: rename it, so that submissions can be hidden there`,
    );
  const id = await claimNamespace(trx, { name: STAGE, kind: "organization", now });
  await trx.insertInto("official_stages").values({ namespace_id: id }).execute();
  return id;
}
