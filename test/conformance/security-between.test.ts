import { afterAll, beforeAll, expect, test } from "vitest";
import { done, pushEmptyBlob, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";

/** What lies between two people: a layer, a subject, an account that goes, a secret that was shown once. */
const ALICE = { name: "alice", password: SENTENCE };
const BOB = { name: "bob", password: SENTENCE };

let hub: Awaited<ReturnType<typeof startAccountsHub>>;

beforeAll(async () => {
  hub = await startAccountsHub();
  await hub.addUsers("alice", "bob");
});
afterAll(() => hub[Symbol.asyncDispose]());

async function digestOf(name: string, tag: string): Promise<string> {
  const { headers } = await done(hub.as("alice")(`GET /v2/${name}/manifests/${tag}`));
  return headers.get("docker-content-digest") ?? "";
}

test("S3: a mount takes the right to pull there and the right to push here, of who asks and by what", async () => {
  const { digest } = await pushEmptyBlob(hub.url, ALICE, "alice/secret");
  const mount = (to: string) => `POST /v2/${to}/blobs/uploads/?mount=${digest}&from=alice/secret`;
  expect((await hub.as("bob")(mount("bob/app"))).status).toBe(202);
  expect((await hub.as("bob")(`GET /v2/bob/app/blobs/${digest}`)).status).toBe(404);
  expect((await hub.as("alice")(mount("bob/app"))).status).toBe(404);
  const right = { account: "bob", repository: "alice/secret", actions: ["pull"] };
  await done(hub.as("alice")("PUT /api/v1/namespaces/alice/rights", right));
  const wish = { label: "app", scopes: ["repo:write"], repositories: ["bob/app"] };
  const { body } = await done(hub.as("bob")("POST /api/v1/account/tokens", wish));
  expect((await hub.as("bob", body.secret)(mount("bob/app"))).status).toBe(202);
  expect((await hub.as("bob")(mount("bob/app"))).status).toBe(201);
  expect((await hub.as("bob")(mount("alice/secret"))).status).toBe(403);
});

test("S13: what refers to an image is told where it was pushed, and nowhere else", async () => {
  await hub.push(ALICE, "alice/shown:1");
  await done(hub.as("alice")("PATCH /api/v1/repositories/alice/shown", { visibility: "public" }));
  const subject = await digestOf("alice/shown", "1");
  const empty = await pushEmptyBlob(hub.url, BOB, "bob/hidden");
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const about = { mediaType, digest: subject, size: 100 };
  const artifact = { schemaVersion: 2, mediaType, config: empty, layers: [empty], subject: about };
  await done(hub.as("bob")("PUT /v2/bob/hidden/manifests/note", artifact));
  const told = async (by: "alice" | "bob", name: string) =>
    await hub.as(by)(`GET /v2/${name}/referrers/${subject}`);
  expect((await told("bob", "bob/hidden")).body.manifests).toHaveLength(1);
  for (const by of ["alice", "bob"] as const)
    expect((await told(by, "alice/shown")).body.manifests).toEqual([]);
  expect((await told("alice", "bob/hidden")).status).toBe(404);
});

test("S55: who is deleted during a push leaves nothing behind", async () => {
  await hub.addUsers("eve");
  const begun = await done(hub.as("eve")("POST /v2/eve/app/blobs/uploads/"));
  const { pathname } = new URL(begun.headers.get("location") ?? "", hub.url);
  await done(hub.root("DELETE /api/v1/users/eve"));
  const empty = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
  expect((await hub.as("eve")(`PUT ${pathname}?digest=${empty}`, {})).status).toBe(401);
  expect((await hub.root(`PUT ${pathname}?digest=${empty}`, {})).status).toBeGreaterThanOrEqual(
    400,
  );
  const { body } = await done(hub.root("GET /v2/_catalog?n=1000"));
  expect(body.repositories.filter((name: string) => name.startsWith("eve/"))).toEqual([]);
});

test("S67: what was shown once is answered by nothing afterwards", async () => {
  const alice = hub.as("alice");
  const secret = "signed-with-this-secret";
  const hook = { label: "ci", url: "https://93.184.216.34/", namespace: "alice", secret };
  const made = await done(alice("POST /api/v1/webhooks", hook));
  await hub.addOrganization("acme", { alice: "owner" });
  const robot = { label: "ci", resources: [{ repositories: "acme/**", actions: ["pull"] }] };
  const { body } = await done(alice("POST /api/v1/organizations/acme/robots", robot));
  const token = await done(
    alice("POST /api/v1/account/tokens", { label: "ci", scopes: ["repo:read"] }),
  );
  const answers = await Promise.all(
    [
      "/api/v1/webhooks?namespace=alice",
      `/api/v1/webhooks/${made.body.id}`,
      "/api/v1/organizations/acme/robots",
      `/api/v1/organizations/acme/robots/${body.id}`,
      "/api/v1/account/tokens",
      `/api/v1/account/tokens/${token.body.id}`,
      "/v2/access-tokens",
      "/api/v1/audit?account=alice",
      "/api/v1/audit?account=acme",
    ].map((path) => done(alice(`GET ${path}`))),
  );
  const read = JSON.stringify([made.body, ...answers.map((answer) => answer.body)]);
  for (const one of [secret, body.secret, token.body.secret]) expect(read).not.toContain(one);
});
