import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { done, ROOT, SENTENCE } from "../harness/hub-api.ts";
import { startWithTerminal } from "../harness/hub-terminal.ts";

let hub: Awaited<ReturnType<typeof startWithTerminal>>;
let olga: ReturnType<typeof hub.as>;
let mike: ReturnType<typeof hub.as>;

beforeAll(async () => {
  hub = await startWithTerminal();
  await hub.addUsers("olga", "mike", "stranger");
  await hub.addOrganization("acme", { olga: "owner", mike: "member" });
  [olga, mike] = [hub.as("olga"), hub.as("mike")];
  for (const name of ["library/base", "library/pushed", "others/tool", "vendor/app"]) {
    await hub.push(ROOT, `${name}:1`);
    await done(hub.root(`PATCH /api/v1/repositories/${name}`, { visibility: "public" }));
  }
  await hub.push(ROOT, "acme/api:1");
  await hub.push(ROOT, "vendor/hidden:1");
  await done(hub.root("PUT /api/v1/official/publishers/vendor"));
  using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"));
  // As the programme writes it when it publishes.
  database.exec(`
    insert into official_submissions
      (id, name, state, author_id, principal, is_security, definition, definition_hash, documents, checks, images,
       created_at, changed_at)
      values (1, 'base', 'published', 1, '{}', 0, '', '', '{}', '[]', '[]', 1, 1);
    insert into official_images (name, submission_id, status, reason, tags, unmaintained, flags, published_at)
      values ('base', 1, 'maintained', '', '["1"]', '[]', '[]', 1)`);
});
afterAll(() => hub[Symbol.asyncDispose]());
beforeEach(async () => {
  await setStatus("maintained");
  await limit({ enabled: false, official: true, verified: true });
});

async function limit(wish: { enabled: boolean; official: boolean; verified: boolean }) {
  const restricted_images = {
    enabled: wish.enabled,
    allow_official_images: wish.official,
    allow_verified_publishers: wish.verified,
  };
  const { body } = await done(olga("PUT /v2/orgs/acme/settings", { restricted_images }));
  expect(body).toEqual({ restricted_images });
}

const setStatus = (status: string) =>
  done(hub.root("PUT /api/v1/official/images/base/status", { status, reason: "a test" }));

async function listPulled(ask = mike) {
  const names = ["acme/api", "library/base", "library/pushed", "others/tool", "vendor/app"];
  const pulled: string[] = [];
  for (const name of names)
    if ((await ask(`GET /v2/${name}/manifests/1`)).status === 200) pulled.push(name);
  return pulled;
}

const listed = async () => (await mike("GET /v2/_catalog?n=1000")).body.repositories;

test.each([
  [false, false, []],
  [true, false, ["library/base"]],
  [false, true, ["vendor/app"]],
  [true, true, ["library/base", "vendor/app"]],
])(
  "with official images %s and verified publishers %s, members pull what the hub vouches for so",
  async (official, verified, allowed) => {
    await limit({ enabled: true, official, verified });
    expect(await listPulled()).toEqual(["acme/api", ...allowed]);
    expect(await listed()).toEqual(["acme/api", ...allowed]);
    const cards = (await mike("GET /api/v1/catalog/repositories?limit=50")).body.items;
    expect(cards.map(({ name }: { name: string }) => name).toSorted()).toEqual([
      "acme/api",
      ...allowed,
    ]);
    expect(await listPulled(hub.as("stranger"))).toContain("others/tool");
  },
);

test("without a limit members pull all that is public", async () => {
  expect(await listPulled()).toHaveLength(5);
});

test("what is not maintained any more, and who is no publisher any more, is refused from then on", async () => {
  await limit({ enabled: true, official: true, verified: true });
  expect(await listPulled()).toEqual(["acme/api", "library/base", "vendor/app"]);
  await setStatus("deprecated");
  expect(await listPulled()).toEqual(["acme/api", "vendor/app"]);
  await done(hub.root("DELETE /api/v1/official/publishers/vendor"));
  try {
    expect(await listPulled()).toEqual(["acme/api"]);
  } finally {
    await done(hub.root("PUT /api/v1/official/publishers/vendor"));
  }
  await setStatus("maintained");
  expect(await listPulled()).toEqual(["acme/api", "library/base", "vendor/app"]);
});

test("a refusal says what the organization allows, and who can change it; tokens grant nothing", async () => {
  const refusal = async () => {
    const { status, body } = await mike("GET /v2/library/pushed/manifests/1");
    expect(status).toBe(403);
    expect(body.errors[0].code).toBe("DENIED");
    return body.errors[0].message;
  };
  await limit({ enabled: true, official: true, verified: true });
  expect(await refusal()).toBe(
    "acme limits which public images its members pull (of others only official images, which this hub has published and maintains, and images of verified publishers), and library/pushed is not among them. An owner of acme can change that: berth org settings acme",
  );
  await limit({ enabled: true, official: false, verified: false });
  expect(await refusal()).toContain("(none of others), and library/pushed is not among them");
  const scope = "scope=repository:others/tool:pull";
  const { body: granted } = await done(mike(`GET /token?service=berth&${scope}`));
  const payload = JSON.parse(Buffer.from(granted.token.split(".")[1], "base64url").toString());
  expect(payload.access).toEqual([]);
});

test("whoever is in two organizations pulls what both let them", async () => {
  await hub.addOrganization("second", { mike: "member" });
  const restricted_images = {
    enabled: true,
    allow_official_images: true,
    allow_verified_publishers: false,
  };
  try {
    await done(hub.root("PUT /v2/orgs/second/settings", { restricted_images }));
    await limit({ enabled: true, official: true, verified: true });
    expect(await listPulled()).toEqual(["acme/api", "library/base"]);
  } finally {
    await done(hub.root("DELETE /api/v1/organizations/second"));
  }
});

test("the command sets and shows each choice, and says what there is to choose", async () => {
  const type = (words: string) =>
    hub.typeAs({ name: "olga", password: SENTENCE }, `org settings acme${words}`);
  for (const choice of ["own", "official", "verified", "official,verified", "everything"]) {
    expect(await type(` --public-images ${choice}`)).toBe(`public images: ${choice}`);
    expect(await type("")).toBe(`public images: ${choice}`);
  }
  expect(await type(" --public-images library")).toBe(
    'berth: --public-images is everything, own, or official and verified with a comma between, not "library"',
  );
});
