import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStores } from "../../src/app/stores.ts";
import { trimWebhooks } from "../../src/webhooks/webhooks-store.ts";
import { done, startAccountsHub } from "../harness/hub-api.ts";

/** What one owner can have of a hub that others share with them. */
const RIGHTS = "/api/v1/namespaces/acme/rights";

let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let alice: ReturnType<typeof hub.as>;

beforeAll(async () => {
  hub = await startAccountsHub();
  await hub.addUsers("alice", "bob");
  await hub.addOrganization("acme", { alice: "owner", bob: "member" });
  alice = hub.as("alice");
  await done(alice("POST /api/v1/repositories", { name: "acme/api" }));
});

afterAll(() => hub[Symbol.asyncDispose]());

test("rights are handed out a page at a time, each with the name of its repository, and on record with what they were", async () => {
  const give = (more: object) => done(alice(`PUT ${RIGHTS}`, { account: "bob", ...more }));
  await give({ repository: "acme/api", actions: ["push"] });
  for (const pattern of ["a*", "b*", "c*"]) await give({ pattern, actions: ["pull"] });
  await give({ repository: "acme/api", actions: ["push", "delete"], tags: "v*" });
  const first = (await done(alice(`GET ${RIGHTS}?limit=3`))).body;
  expect(first.items).toMatchObject([
    { account: "bob", repository: "acme/api", actions: ["push", "delete"], tags: "v*" },
    ...[{ pattern: "a*" }, { pattern: "b*" }],
  ]);
  const rest = (await done(alice(`GET ${RIGHTS}?limit=3&last=${first.next}`))).body;
  expect(rest).toMatchObject({ items: [{ pattern: "c*" }] });
  expect(rest.next).toBeUndefined();
  expect((await done(alice(`GET ${RIGHTS}`))).body.items).toHaveLength(4);
  await done(alice(`DELETE ${RIGHTS}?account=bob&repository=acme/api`));
  const { body } = await done(alice("GET /api/v1/audit?account=acme&name=acme/api&limit=2"));
  const was = { account: "bob", actions: ["push", "delete"], tags: "v*", createOnly: false };
  const [taken, replaced] = body.items.map(
    ({ before, after }: { before: string; after: string | null }) => ({
      before: JSON.parse(before),
      after: JSON.parse(after ?? "null"),
    }),
  );
  expect(taken).toEqual({ before: was, after: null });
  expect(replaced).toMatchObject({ before: { actions: ["push"], tags: null }, after: was });
});

test("who is in no team is taken out of it without a word on record", async () => {
  await done(alice("POST /api/v1/organizations/acme/teams", { name: "builders" }));
  await done(alice("DELETE /api/v1/organizations/acme/teams/builders/members/bob"));
  const { body } = await done(alice("GET /api/v1/audit?account=acme&name=builders/bob"));
  expect(body.items).toEqual([]);
});

test("to who takes nothing, no more is sent by hand than waits already", async () => {
  const wish = { label: "slow", url: "https://93.184.216.34/", namespace: "acme" };
  const unsigned = await alice("POST /api/v1/webhooks", { ...wish, secret: "short" });
  expect(JSON.stringify(unsigned.body)).toContain("has to have at least 16 characters");
  const { body: hook } = await done(alice("POST /api/v1/webhooks", wish));
  const database = new DatabaseSync(join(hub.dataDirectory, "berth.db"));
  const far = Date.now() + 86_400_000;
  database.exec(`
    with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 5000)
    insert into webhook_deliveries (webhook_id, ordering_key, event, content_type, body, state, attempts, created_at, due_at)
    select '${hook.id}', 'acme/api', 'push', 'application/json', '{}', 'waiting', 1, ${far}, ${far} from numbers
  `);
  database.close();
  for (const what of ["ping", "replay"]) {
    const refused = await alice(`POST /api/v1/webhooks/${hook.id}/${what}`, {});
    expect(refused, what).toMatchObject({
      status: 409,
      body: { type: expect.stringContaining("TOO_MANY") },
    });
  }
  await done(alice(`DELETE /api/v1/webhooks/${hook.id}`));
});

test("many repositories are no way to take all webhooks of the hub, and who is gone takes none", async () => {
  const wish = { label: "ci", url: "https://93.184.216.34/" };
  await done(alice("POST /api/v1/webhooks", { ...wish, repository: "acme/api" }));
  await done(hub.root("POST /api/v1/organizations", { name: "gone" }));
  await done(hub.root("POST /api/v1/webhooks", { ...wish, namespace: "gone" }));
  const database = new DatabaseSync(join(hub.dataDirectory, "berth.db"));
  // 499 of repositories in the namespace; a row for each is much the same as one that is asked for.
  database.exec(`
    with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 499)
    insert into webhooks (id, namespace_id, repository_id, label, url, format, events, created_by, created_at)
    select 'h' || n, namespace_id, null, label, url, format, events, created_by, created_at
    from numbers, (select (select id from namespaces where name = 'acme') as namespace_id, label, url, format, events, created_by, created_at from webhooks limit 1)
  `);
  database.exec(
    "update webhooks set namespace_id = null, repository_id = (select id from repositories where name = 'acme/api') where id like 'h4%'",
  );
  database.close();
  await done(alice("POST /api/v1/repositories", { name: "acme/web" }));
  const refused = await alice("POST /api/v1/webhooks", { ...wish, repository: "acme/web" });
  expect(refused).toMatchObject({
    status: 409,
    body: { detail: "a namespace and its repositories have at most 500 webhooks" },
  });
  await done(hub.as("bob")("POST /api/v1/webhooks", { ...wish, namespace: "bob" }));

  await done(hub.root("DELETE /api/v1/organizations/gone"));
  const data = hub.dataDirectory;
  await hub.close();
  await using stores = await openStores({ data, blobRoot: data, reserveBytes: 0 });
  await stores.database.write((trx) => trimWebhooks(trx));
  const left = await stores.database.reader
    .selectFrom("webhooks")
    .select("id")
    .where("created_by", "!=", "admin")
    .execute();
  // All of alice and bob, and none of the organization that is gone.
  expect(left).toHaveLength(501);
});
