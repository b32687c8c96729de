import type { Kysely } from "kysely";
import type { Submission } from "../builds/index.ts";
import {
  claimNamespace,
  findNamespace,
  type NamespaceId,
  type NamespaceName,
} from "../namespaces/index.ts";
import type { RepositoryName } from "../oci/name.ts";
import { putRight, removeRight, removeRightsTo } from "../organizations/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { Registry } from "../registry/index.ts";
import {
  findRepositoryById,
  insertRepository,
  type Repository,
  type RepositoryId,
} from "../repositories/index.ts";
import type { HubTables } from "./stores.ts";

const STAGE = "review" as NamespaceName;

/** A private repository of a namespace that is nobody's: who reviews may pull from it. */
export async function makeStage(
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
  for (const { account_id: account } of reviewers)
    await putRight(trx, { ...mayPull(account, { namespace, id: repository }), ...PULL, now });
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

const PULL = { actions: ["pull"], tags: undefined, createOnly: false } as const;

function mayPull(
  account: NamespaceId,
  stage: { readonly namespace: NamespaceId; readonly id: RepositoryId },
) {
  const target = { namespace: stage.namespace, repository: stage.id, pattern: "" };
  return { subject: { kind: "account", id: account }, target } as const;
}

/** Who reviews may pull what was built of all submissions, from now on or no more. */
export async function changeReviewer(
  trx: Kysely<HubTables>,
  account: NamespaceId,
  wish: { readonly isReviewer: boolean; readonly now: Date },
): Promise<void> {
  const own = await trx.selectFrom("official_stages").select("namespace_id").executeTakeFirst();
  if (own === undefined) return;
  const stages = await trx
    .selectFrom("official_submissions")
    .select("repository_id")
    .where("repository_id", "is not", null)
    .execute();
  for (const { repository_id: id } of stages) {
    if (id === null) continue;
    const right = mayPull(account, { namespace: own.namespace_id, id });
    if (wish.isReviewer) await putRight(trx, { ...right, ...PULL, now: wish.now });
    else await removeRight(trx, right);
  }
}

/** False where this hub deletes nothing. */
export async function removeStage(
  parts: {
    readonly database: Database<HubTables>;
    readonly removal: Registry["removal"];
    readonly onChange: () => void;
  },
  id: RepositoryId,
): Promise<boolean> {
  const { database, removal, onChange } = parts;
  const stage = await findRepositoryById(database.reader, id);
  if (stage === undefined) return true;
  if (!removal.mayDelete) return false;
  const by = { kind: "robot", name: "berth" } as const;
  await removal.remove(
    stage,
    { by, origin: { address: "", client: "" }, baseUrl: undefined },
    {
      removeRights: (trx, one) => removeRightsTo(trx as Kysely<HubTables>, one.id),
      onChange,
    },
  );
  return true;
}
