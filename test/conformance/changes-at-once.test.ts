import { afterAll, beforeAll, expect, test } from "vitest";
import { done, startAccountsHub } from "../harness/hub-api.ts";

/** What two people change of one thing at the same moment: neither takes back what the other did. */
const ROUNDS = 8;

let hub: Awaited<ReturnType<typeof startAccountsHub>>;

beforeAll(async () => {
  hub = await startAccountsHub();
  await hub.addUsers("alice", "bob");
  await hub.addOrganization("acme", { alice: "owner", bob: "owner" });
});

afterAll(() => hub[Symbol.asyncDispose]());

test("a repository that is made private while somebody describes it stays private", async () => {
  await done(hub.as("alice")("POST /api/v1/repositories", { name: "acme/api" }));
  const path = "/api/v1/repositories/acme/api";
  for (let round = 0; round < ROUNDS; round += 1) {
    await done(hub.as("alice")(`PATCH ${path}`, { visibility: "public" }));
    await Promise.all([
      done(hub.as("alice")(`PATCH ${path}`, { visibility: "private" })),
      done(hub.as("bob")(`PATCH ${path}`, { description: `round ${round}` })),
    ]);
    const { body } = await done(hub.as("alice")(`GET ${path}`));
    expect(body).toMatchObject({ visibility: "private", description: `round ${round}` });
  }
});

test("a robot that is switched off while somebody describes it stays off", async () => {
  const robots = "/api/v1/organizations/acme/robots";
  const resources = [{ repositories: "acme/api", actions: ["pull"] }];
  const made = await done(hub.as("alice")(`POST ${robots}`, { label: "ci", resources }));
  const path = `${robots}/${made.body.id}`;
  for (let round = 0; round < ROUNDS; round += 1) {
    await done(hub.as("alice")(`PATCH ${path}`, { isActive: true }));
    await Promise.all([
      done(hub.as("alice")(`PATCH ${path}`, { isActive: false })),
      done(hub.as("bob")(`PATCH ${path}`, { description: `round ${round}` })),
    ]);
    const { body } = await done(hub.as("alice")(`GET ${path}`));
    expect(body).toMatchObject({ isActive: false, description: `round ${round}` });
  }
});
