import type { Kysely, Selectable } from "kysely";
import type { RepositoryAction } from "../access/index.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import type { RepositoryId } from "../repositories/index.ts";
import type { OrganizationTables, Right, RightId, SubjectKind } from "./tables.ts";

type Db = Kysely<OrganizationTables>;

export interface RightSubject {
  readonly kind: SubjectKind;
  readonly id: number;
}

/** What a right is to: one repository by its id, or all whose name within the namespace matches. */
export interface RightTarget {
  readonly namespace: NamespaceId;
  readonly repository: RepositoryId | 0;
  readonly pattern: string;
}

export interface GivenRight extends Right {
  readonly id: RightId;
  readonly subject: RightSubject & { readonly name: string };
  readonly target: RightTarget;
  /** Of the repository that it is to, if it is to one. */
  readonly repositoryName: string | undefined;
}

/** Of one namespace, in the order in which they were given first. */
export async function listRightsOf(
  db: Db,
  wish: {
    readonly namespace: NamespaceId;
    readonly after: number;
    readonly limit: number;
  },
): Promise<readonly GivenRight[]> {
  const { namespace, after, limit } = wish;
  const rows = await db
    .selectFrom("rights")
    .leftJoin("accounts", (join) =>
      join.onRef("accounts.id", "=", "rights.subject_id").on("subject_kind", "=", "account"),
    )
    .leftJoin("teams", (join) =>
      join.onRef("teams.id", "=", "rights.subject_id").on("subject_kind", "=", "team"),
    )
    .leftJoin("repositories", "repositories.id", "rights.repository_id")
    .selectAll("rights")
    .select(["accounts.name as account_name", "teams.name as team_name"])
    .select("repositories.name as repository_name")
    .where("rights.namespace_id", "=", namespace)
    .where("rights.id", ">", after as RightId)
    .orderBy("rights.id")
    .limit(limit)
    .execute();
  return rows.map((row) => toRight(row));
}

export async function countRights(db: Db, namespace: NamespaceId): Promise<number> {
  const row = await db
    .selectFrom("rights")
    .select((count) => count.fn.countAll<number>().as("rights"))
    .where("namespace_id", "=", namespace)
    .executeTakeFirstOrThrow();
  return Number(row.rights);
}

/** Gives the right, or replaces what the subject had to the same target. */
export async function putRight(
  trx: Db,
  right: { subject: RightSubject; target: RightTarget; now: Date } & Omit<Right, "pattern">,
): Promise<void> {
  const { subject, target, actions, tags, createOnly, now } = right;
  const what = {
    actions: JSON.stringify(actions),
    tags: tags ?? null,
    create_only: createOnly ? (1 as const) : (0 as const),
  };
  await trx
    .insertInto("rights")
    .values({
      namespace_id: target.namespace,
      subject_kind: subject.kind,
      subject_id: subject.id,
      repository_id: target.repository,
      pattern: target.pattern,
      ...what,
      created_at: now.getTime(),
    })
    .onConflict((conflict) =>
      conflict
        .columns(["namespace_id", "subject_kind", "subject_id", "repository_id", "pattern"])
        .doUpdateSet(what),
    )
    .execute();
}

/** What the subject has to the target, if anything. */
export async function findRight(
  db: Db,
  { subject, target }: { subject: RightSubject; target: RightTarget },
): Promise<Omit<Right, "pattern"> | undefined> {
  const row = await db
    .selectFrom("rights")
    .select(["actions", "tags", "create_only"])
    .where("namespace_id", "=", target.namespace)
    .where("subject_kind", "=", subject.kind)
    .where("subject_id", "=", subject.id)
    .where("repository_id", "=", target.repository)
    .where("pattern", "=", target.pattern)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { actions, tags, create_only } = row;
  return {
    actions: JSON.parse(actions) as RepositoryAction[],
    tags: tags ?? undefined,
    createOnly: create_only === 1,
  };
}

export async function removeRight(
  trx: Db,
  right: { subject: RightSubject; target: RightTarget },
): Promise<void> {
  const { subject, target } = right;
  await trx
    .deleteFrom("rights")
    .where("namespace_id", "=", target.namespace)
    .where("subject_kind", "=", subject.kind)
    .where("subject_id", "=", subject.id)
    .where("repository_id", "=", target.repository)
    .where("pattern", "=", target.pattern)
    .execute();
}

/** Of whomever, to one repository; patterns stay. */
export async function removeRightsTo(trx: Db, repository: RepositoryId): Promise<void> {
  await trx.deleteFrom("rights").where("repository_id", "=", repository).execute();
}

function toRight(
  row: Selectable<OrganizationTables["rights"]> & {
    readonly account_name: string | null;
    readonly team_name: string | null;
    readonly repository_name: string | null;
  },
): GivenRight {
  const name = row.account_name ?? row.team_name ?? "";
  return {
    id: row.id,
    subject: { kind: row.subject_kind, id: row.subject_id, name },
    repositoryName: row.repository_name ?? undefined,
    target: {
      namespace: row.namespace_id,
      repository: row.repository_id,
      pattern: row.pattern,
    },
    actions: JSON.parse(row.actions) as RepositoryAction[],
    pattern: row.pattern,
    tags: row.tags ?? undefined,
    createOnly: row.create_only === 1,
  };
}
