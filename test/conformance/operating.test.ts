import { expect, test } from "vitest";
import { done, ROOT, startAccountsHub } from "../harness/hub-api.ts";

test("those who run a hub see every setting, where it was said, and no secret; and what waits", async () => {
  await using hub = await startAccountsHub({
    settings: { "mail.user": "hub", "mail.password": "another password" },
  });
  await hub.addUsers("alice");
  const { body } = await done(hub.root("GET /api/v1/settings"));
  const settings = new Map(body.items.map((item: { name: string }) => [item.name, item]));
  expect(settings.get("access.mode")).toMatchObject({
    ...{ value: "accounts", source: "flag", variable: "BERTH_ACCESS_MODE" },
    description: expect.stringMatching(/\S/),
  });
  expect(settings.get("collection.grace")).toMatchObject({ source: "default" });
  expect(settings.get("adminPassword")).toMatchObject({ value: "(set)" });
  const text = JSON.stringify(body);
  for (const secret of [ROOT.password, "another password"]) expect(text).not.toContain(secret);
  const jobs = await done(hub.root("GET /api/v1/jobs"));
  expect(jobs.body).toEqual({
    queues: ["scans", "signatures", "deliveries"].map((name) => ({
      ...{ name, waiting: 0, failed: 0, nextAt: null },
    })),
    runs: [],
  });
  const alice = hub.as("alice");
  for (const path of ["settings", "jobs"])
    expect((await alice(`GET /api/v1/${path}`)).status).toBe(403);
});
