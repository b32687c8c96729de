import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pipeline } from "node:stream/promises";

/**
 * Looks at a stopped hub's stores from the outside, with code of its own: tags lead to manifests, manifests to live blobs,
 * live blobs to files, and every file matches its name. Answers what is wrong.
 */
export async function findDamage(dataDirectory: string): Promise<readonly string[]> {
  using database = new DatabaseSync(join(dataDirectory, "berth.db"), { readOnly: true });
  const digests = (sql: string) =>
    database
      .prepare(sql)
      .all()
      .map((row) => String(row.digest));
  const files = await listFiles(join(dataDirectory, "docker/registry/v2/blobs"));
  const live = digests("select digest from blobs where state = 'live'");
  const integrity = database.prepare("pragma integrity_check").get();
  return [
    ...(integrity?.integrity_check === "ok" ? [] : ["the database is damaged"]),
    ...digests(
      "select tags.name as digest from tags left join manifests on manifests.id = tags.manifest_id where manifests.id is null",
    ).map((tag) => `tag ${tag} names no manifest`),
    ...digests(
      `select r.digest from manifest_references r where r.kind in ('config', 'layer') and not exists
       (select 1 from blobs b join repository_blobs rb on rb.blob_id = b.id
        where b.digest = r.digest and b.state = 'live' and rb.repository_id = r.repository_id)`,
    ).map((digest) => `a manifest names ${digest}, which its repository cannot read`),
    ...live
      .filter((digest) => !files.has(digest))
      .map((digest) => `${digest} is live without a file`),
    ...findMiscounts(database),
    ...(await findRotten(files)),
  ];
}

/** As `findDamage`, of the counts alone, and while the hub runs: all is read at one moment. */
export function listMiscounts(dataDirectory: string): readonly string[] {
  using database = new DatabaseSync(join(dataDirectory, "berth.db"), { readOnly: true });
  database.exec("begin");
  return findMiscounts(database);
}

/** What each scope stores, counted the slow way; hubs that are asked here have few rows. */
function findMiscounts(database: DatabaseSync): readonly string[] {
  const scopes = database
    .prepare(
      `select 'hub' as kind, 0 as id, 'true' as rule union all
       select 'namespace', id, 'namespace_id = ' || id from namespaces union all
       select 'repository', id, 'id = ' || id from repositories`,
    )
    .all();
  return scopes.flatMap(({ kind, id, rule }) => {
    const within = `repository_id in (select id from repositories where ${rule})`;
    const truth = database
      .prepare(
        `select
          (select coalesce(sum(size), 0) from blobs where id in
            (select blob_id from repository_blobs where ${within}))
          + (select coalesce(sum(size), 0) from
            (select digest, size from manifests where ${within} group by digest)) as bytes,
          (select count(*) from tags where ${within}) as tags,
          (select count(*) from repositories where ${rule} and removed_at is null) as repositories`,
      )
      .get();
    const counted = database
      .prepare(
        "select bytes, tags, repositories from usage_counts where scope_kind = ? and scope_id = ?",
      )
      .get(String(kind), Number(id)) ?? { bytes: 0, tags: 0, repositories: 0 };
    const names = kind === "repository" ? ["bytes", "tags"] : ["bytes", "tags", "repositories"];
    return names
      .filter((name) => truth?.[name] !== counted[name])
      .map((name) => `${kind} ${id} holds ${truth?.[name]} ${name}, counted are ${counted[name]}`);
  });
}

async function listFiles(folder: string): Promise<ReadonlyMap<string, string>> {
  const paths = await readdir(folder, { recursive: true });
  return new Map(
    paths
      .filter((path) => path.endsWith("/data"))
      .map((path) => {
        const [algorithm, , hex] = path.split("/");
        return [`${algorithm}:${hex}`, join(folder, path)];
      }),
  );
}

async function findRotten(files: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const rotten: string[] = [];
  for (const [digest, path] of files) {
    const [algorithm = "sha256", hex] = digest.split(":");
    const hash = createHash(algorithm);
    await pipeline(createReadStream(path), hash);
    if (hash.digest("hex") !== hex) rotten.push(`the file of ${digest} holds something else`);
  }
  return rotten;
}
