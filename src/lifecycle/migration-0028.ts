import { type Kysely, sql } from "kysely";
import { RECOUNTS } from "./quotas/recount.ts";

/**
 * What scopes store is counted by triggers: whoever links a blob, moves a tag or gives a repository away, its counts follow
 * in the same transaction, and no caller can forget them. What is there already is counted here, once.
 */
export async function createQuotas(db: Kysely<unknown>): Promise<void> {
  await createTables(db);
  for (const recount of RECOUNTS) {
    await sql`insert into ${sql.table(recount.table)} ${recount.select}`.execute(db);
  }
  for (const trigger of [...ofBlobs(), ...ofManifests(), ...ofTags(), ...ofRepositories()]) {
    await sql.raw(trigger).execute(db);
  }
}

async function createTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("usage_counts")
    .addColumn("scope_kind", "text", (column) => column.notNull())
    .addColumn("scope_id", "integer", (column) => column.notNull())
    .addColumn("bytes", "bigint", (column) => column.notNull())
    .addColumn("tags", "bigint", (column) => column.notNull())
    .addColumn("repositories", "bigint", (column) => column.notNull())
    .addColumn("is_noted", "integer", (column) => column.notNull().defaultTo(0))
    .addPrimaryKeyConstraint("usage_counts_key", ["scope_kind", "scope_id"])
    .modifyEnd(sql`without rowid`)
    .execute();
  await db.schema
    .createIndex("usage_counts_not_noted")
    .on("usage_counts")
    .columns(["scope_kind", "scope_id"])
    .where(sql.ref("is_noted"), "=", 0)
    .execute();
  await db.schema
    .createTable("namespace_blobs")
    .addColumn("namespace_id", "integer", (column) => column.notNull())
    .addColumn("blob_id", "integer", (column) => column.notNull())
    .addColumn("links", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("namespace_blobs_key", ["namespace_id", "blob_id"])
    .modifyEnd(sql`without rowid`)
    .execute();
  await db.schema
    .createTable("namespace_manifests")
    .addColumn("namespace_id", "integer", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addColumn("copies", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("namespace_manifests_key", ["namespace_id", "digest"])
    .modifyEnd(sql`without rowid`)
    .execute();
  await db.schema
    .createTable("quotas")
    .addColumn("scope_kind", "text", (column) => column.notNull())
    .addColumn("scope_id", "integer", (column) => column.notNull())
    .addColumn("resource", "text", (column) => column.notNull())
    .addColumn("amount", "bigint")
    .addPrimaryKeyConstraint("quotas_key", ["scope_kind", "scope_id", "resource"])
    .modifyEnd(sql`without rowid`)
    .execute();
}

const HUB = "scope_kind = 'hub'";
const inNamespaceOf = (repository: string) =>
  `scope_kind = 'namespace' and scope_id = (select namespace_id from repositories where id = ${repository})`;
const inRepository = (id: string) => `scope_kind = 'repository' and scope_id = ${id}`;

function count(change: string, where: string): string {
  return `update usage_counts set ${change}, is_noted = 0 where ${where};`;
}

function trigger(name: string, event: string, statements: readonly string[]): string {
  return `create trigger ${name} after ${event} begin\n${statements.join("\n")}\nend`;
}

function ofBlobs(): readonly string[] {
  const sizeOf = (blob: string) => `(select size from blobs where id = ${blob})`;
  const links = (blob: string) =>
    `(select count(*) from (select 1 from repository_blobs where blob_id = ${blob} limit 2))`;
  const known = (blob: string) =>
    `exists (select 1 from namespace_blobs where namespace_id = scope_id and blob_id = ${blob})`;
  const grown = "bytes = bytes + new.size - old.size";
  const holders = "select repository_id from repository_blobs where blob_id = new.id";
  return [
    trigger("count_linked_blob", "insert on repository_blobs", [
      count(`bytes = bytes + ${sizeOf("new.blob_id")}`, inRepository("new.repository_id")),
      count(
        `bytes = bytes + ${sizeOf("new.blob_id")}`,
        `${inNamespaceOf("new.repository_id")} and not ${known("new.blob_id")}`,
      ),
      `insert into namespace_blobs select namespace_id, new.blob_id, 1 from repositories
        where id = new.repository_id and namespace_id is not null
        on conflict do update set links = links + 1;`,
      count(`bytes = bytes + ${sizeOf("new.blob_id")}`, `${HUB} and ${links("new.blob_id")} = 1`),
    ]),
    trigger("count_unlinked_blob", "delete on repository_blobs", [
      count(`bytes = bytes - ${sizeOf("old.blob_id")}`, inRepository("old.repository_id")),
      `update namespace_blobs set links = links - 1 where blob_id = old.blob_id
        and namespace_id = (select namespace_id from repositories where id = old.repository_id);`,
      `delete from namespace_blobs where blob_id = old.blob_id and links = 0
        and namespace_id = (select namespace_id from repositories where id = old.repository_id);`,
      count(
        `bytes = bytes - ${sizeOf("old.blob_id")}`,
        `${inNamespaceOf("old.repository_id")} and not ${known("old.blob_id")}`,
      ),
      count(`bytes = bytes - ${sizeOf("old.blob_id")}`, `${HUB} and ${links("old.blob_id")} = 0`),
    ]),
    trigger("count_resized_blob", "update of size on blobs when new.size <> old.size", [
      count(grown, `scope_kind = 'repository' and scope_id in (${holders})`),
      count(
        grown,
        `scope_kind = 'namespace' and scope_id in
          (select namespace_id from repositories where id in (${holders}))`,
      ),
      count(grown, `${HUB} and ${links("new.id")} > 0`),
    ]),
  ];
}

function ofManifests(): readonly string[] {
  const copies = (digest: string) =>
    `(select count(*) from (select 1 from manifests where digest = ${digest} limit 2))`;
  const known = (digest: string) =>
    `exists (select 1 from namespace_manifests where namespace_id = scope_id and digest = ${digest})`;
  return [
    trigger("count_pushed_manifest", "insert on manifests", [
      count("bytes = bytes + new.size", inRepository("new.repository_id")),
      count(
        "bytes = bytes + new.size",
        `${inNamespaceOf("new.repository_id")} and not ${known("new.digest")}`,
      ),
      `insert into namespace_manifests select namespace_id, new.digest, 1 from repositories
        where id = new.repository_id and namespace_id is not null
        on conflict do update set copies = copies + 1;`,
      count("bytes = bytes + new.size", `${HUB} and ${copies("new.digest")} = 1`),
    ]),
    trigger("count_deleted_manifest", "delete on manifests", [
      count("bytes = bytes - old.size", inRepository("old.repository_id")),
      `update namespace_manifests set copies = copies - 1 where digest = old.digest
        and namespace_id = (select namespace_id from repositories where id = old.repository_id);`,
      `delete from namespace_manifests where digest = old.digest and copies = 0
        and namespace_id = (select namespace_id from repositories where id = old.repository_id);`,
      count(
        "bytes = bytes - old.size",
        `${inNamespaceOf("old.repository_id")} and not ${known("old.digest")}`,
      ),
      count("bytes = bytes - old.size", `${HUB} and ${copies("old.digest")} = 0`),
    ]),
  ];
}

function ofTags(): readonly string[] {
  const everywhere = (change: string, repository: string) => [
    count(change, inRepository(repository)),
    count(change, inNamespaceOf(repository)),
    count(change, HUB),
  ];
  return [
    trigger("count_new_tag", "insert on tags", everywhere("tags = tags + 1", "new.repository_id")),
    trigger(
      "count_deleted_tag",
      "delete on tags",
      everywhere("tags = tags - 1", "old.repository_id"),
    ),
  ];
}

function ofRepositories(): readonly string[] {
  const begin = `insert into usage_counts (scope_kind, scope_id, bytes, tags, repositories)
    select 'namespace', new.namespace_id, 0, 0, 0 where new.namespace_id is not null
    on conflict do nothing;`;
  const ofOne = (id: string) => `scope_kind = 'namespace' and scope_id = ${id}`;
  const fewer = "repositories = repositories - 1";
  const more = "repositories = repositories + 1";
  return [
    trigger("count_new_repository", "insert on repositories", [
      `insert into usage_counts (scope_kind, scope_id, bytes, tags, repositories)
        values ('repository', new.id, 0, 0, 0) on conflict do nothing;`,
      begin,
      count(more, ofOne("new.namespace_id")),
      count(more, HUB),
    ]),
    trigger(
      "count_removed_repository",
      "update of removed_at on repositories when old.removed_at is null and new.removed_at is not null",
      [count(fewer, ofOne("new.namespace_id")), count(fewer, HUB)],
    ),
    trigger("forget_repository", "delete on repositories", [
      count(fewer, `${ofOne("old.namespace_id")} and old.removed_at is null`),
      count(fewer, `${HUB} and old.removed_at is null`),
      "delete from usage_counts where scope_kind = 'repository' and scope_id = old.id;",
      "delete from quotas where scope_kind = 'repository' and scope_id = old.id;",
    ]),
    trigger(
      "count_moved_repository",
      "update of namespace_id on repositories when old.namespace_id is not new.namespace_id",
      [begin, ...leave(), ...enter()],
    ),
  ];
}

const OF_MOVED_BLOBS = "select blob_id from repository_blobs where repository_id = new.id";
const OF_MOVED_MANIFESTS = "select digest from manifests where repository_id = new.id";
const OF_MOVED_TAGS =
  "(select tags from usage_counts where scope_kind = 'repository' and scope_id = new.id)";
const IS_THERE = "(new.removed_at is null)";

/** What nothing else of the namespace holds goes with the repository. */
function leave(): readonly string[] {
  const from = "namespace_id = old.namespace_id";
  return [
    `update namespace_blobs set links = links - 1 where ${from} and blob_id in (${OF_MOVED_BLOBS});`,
    `update namespace_manifests set copies = copies - 1 where ${from} and digest in (${OF_MOVED_MANIFESTS});`,
    count(
      `bytes = bytes
        - coalesce((select sum(size) from namespace_blobs join blobs on blobs.id = blob_id
          where ${from} and links = 0 and blob_id in (${OF_MOVED_BLOBS})), 0)
        - coalesce((select sum(size) from manifests join namespace_manifests using (digest)
          where repository_id = new.id and ${from} and copies = 0), 0),
        tags = tags - ${OF_MOVED_TAGS}, repositories = repositories - ${IS_THERE}`,
      "scope_kind = 'namespace' and scope_id = old.namespace_id",
    ),
    `delete from namespace_blobs where ${from} and links = 0 and blob_id in (${OF_MOVED_BLOBS});`,
    `delete from namespace_manifests where ${from} and copies = 0 and digest in (${OF_MOVED_MANIFESTS});`,
  ];
}

function enter(): readonly string[] {
  const to = "new.namespace_id";
  const isThere = `${to} is not null`;
  return [
    `insert into namespace_blobs select ${to}, blob_id, 0 from repository_blobs
      where repository_id = new.id and ${isThere} on conflict do nothing;`,
    `insert into namespace_manifests select ${to}, digest, 0 from manifests
      where repository_id = new.id and ${isThere} on conflict do nothing;`,
    count(
      `bytes = bytes
        + coalesce((select sum(size) from namespace_blobs join blobs on blobs.id = blob_id
          where namespace_id = ${to} and links = 0 and blob_id in (${OF_MOVED_BLOBS})), 0)
        + coalesce((select sum(size) from manifests join namespace_manifests using (digest)
          where repository_id = new.id and namespace_id = ${to} and copies = 0), 0),
        tags = tags + ${OF_MOVED_TAGS}, repositories = repositories + ${IS_THERE}`,
      `scope_kind = 'namespace' and scope_id = ${to}`,
    ),
    `update namespace_blobs set links = links + 1 where namespace_id = ${to} and blob_id in (${OF_MOVED_BLOBS});`,
    `update namespace_manifests set copies = copies + 1 where namespace_id = ${to} and digest in (${OF_MOVED_MANIFESTS});`,
  ];
}
