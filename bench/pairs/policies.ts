import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expectOk, type Hub, isQuick, measurePair } from "./pair.ts";

/** What pulls cost with policies that ask for signatures, and without any. */
process.exitCode = await measurePair({
  names: ["no policies", "ten policies, all met"],
  seeds: [undefined, seed],
  target: 1.1,
  measured: [
    { title: "a tag's manifest", requests: isQuick ? 500 : 5000, ask: (hub) => pull(hub, "GET") },
    { title: "HEAD of it", requests: isQuick ? 500 : 5000, ask: (hub) => pull(hub, "HEAD") },
  ],
});

async function pull(hub: Hub, method: "GET" | "HEAD"): Promise<void> {
  const headers = { authorization: hub.bearer };
  await expectOk(hub, { method, path: "/v2/acme/app/manifests/1", headers });
}

/** A signature that was verified, and policies of all levels that ask for it. */
function seed(dataDirectory: string): void {
  using database = new DatabaseSync(join(dataDirectory, "berth.db"));
  const found = database
    .prepare("select id, repository_id as repository, digest from manifests limit 1")
    .get() as { id: number; repository: number; digest: string };
  const { revision } = database
    .prepare(
      "select coalesce(max(position), 0) + 1 as revision from signing_positions where name = 'trust'",
    )
    .get() as { revision: number };
  database
    .prepare(
      "insert into signatures (repository_id, manifest_id, entry, subject, format, state, kind, signer, trust_revision) values (?, ?, 0, ?, 'bundle', 'verified', 'signature', ?, ?)",
    )
    .run(
      found.repository,
      found.id,
      found.digest,
      JSON.stringify({ kind: "key", key: "release" }),
      revision,
    );
  const rules = JSON.stringify({ signedBy: { anyOf: [{ key: "release" }], atLeast: 1 } });
  const add = database.prepare(
    "insert into pull_policies (scope_kind, scope_id, name, mode, pattern, tags, rules, updated_at, updated_by) values ('hub', 0, ?, 'enforce', '', '[]', ?, 0, 'bench')",
  );
  for (let number = 0; number < 10; number += 1) add.run(`p${number}`, rules);
}
