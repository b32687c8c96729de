import type { Kysely } from "kysely";
import {
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
  const { database, images } = parts;
  return await createOfficial({
    ...parts,
    advisories: `${parts.data}/advisories`,
    findByName: (name) => findWholeRepository(database.reader, name as RepositoryName),
    bases: {
      pins: new Set(),
      find: async (name, tag) => {
        const library = `library/${name}` as RepositoryName;
        const repository = await findRepository(database.reader, library);
        if (repository === undefined) return undefined;
        const found = await findTag(database.reader, repository, parseTag(tag));
        const image = found && (await images.find(repository, found.digest as Digest));
        if (image === undefined) return undefined;
        const { children, layers } = image.manifest;
        const platforms =
          children.length > 0 ? children.map(({ platform }) => platform) : [image.config];
        const known = platforms.flatMap((one) => architectureOf(one) ?? []);
        return {
          architectures: known.length > 0 ? known : undefined,
          layers: layers.length,
        };
      },
    },
    openStage: async ({ id, repositoryId }) => {
      const known = repositoryId && (await findRepositoryById(database.reader, repositoryId));
      if (known) return known;
      const made = await database.write((trx) => makeStage(trx, id, parts.clock()));
      parts.onChange();
      return made;
    },
  });
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

const NAMES: Readonly<Record<string, string>> = {
  "linux/amd64": "amd64",
  "linux/386": "i386",
  "linux/arm/v5": "arm32v5",
  "linux/arm/v6": "arm32v6",
  "linux/arm/v7": "arm32v7",
  "linux/arm64": "arm64v8",
  "linux/arm64/v8": "arm64v8",
  "linux/mips64le": "mips64le",
  "linux/ppc64le": "ppc64le",
  "linux/riscv64": "riscv64",
  "linux/s390x": "s390x",
  "windows/amd64": "windows-amd64",
};

/** As definitions call it. */
function architectureOf(platform: unknown): string | undefined {
  const { os, architecture, variant } = (platform ?? {}) as Readonly<Record<string, unknown>>;
  const parts = [os, architecture, variant].filter(
    (part) => typeof part === "string" && part !== "",
  );
  return NAMES[parts.join("/")];
}
