import { expect, test } from "vitest";
import { SENTENCE } from "../harness/hub-api.ts";
import { startWithTerminal } from "../harness/hub-terminal.ts";

const ALICE = { name: "alice", password: SENTENCE };

test("repositories are made, renamed, given away and deleted, each after a question", async () => {
  await using hub = await startWithTerminal();
  await hub.addUsers("alice");
  await hub.addOrganization("acme", { alice: "contributor" });
  expect(await hub.typeAs(ALICE, "repo create alice/app")).toBe("made alice/app (private)");
  const renamed = await hub.typeAs(ALICE, "repo rename alice/app tools/app --yes");
  expect(renamed).toBe("berth: that is another namespace: berth repo transfer alice/app ...");
  expect(await hub.typeAs(ALICE, "repo rename alice/app api --yes")).toBe(
    "alice/app is now alice/api",
  );
  expect(await hub.typeAs(ALICE, "repo show alice/app")).toMatch(/^alice\/api \(private\)/);
  expect(await hub.typeAs(ALICE, "repo transfer alice/api acme --yes")).toBe(
    "alice/api is now acme/api",
  );
  expect(await hub.typeAs(ALICE, "repo delete alice/api --yes")).toBe(
    "berth: alice/api is now acme/api: use that name",
  );
  expect(await hub.type("repo delete acme/api")).toContain("say --yes if you are sure");
  const wrong = await hub.answerAs(ALICE, "repo delete acme/api", "acme/app\n");
  expect(wrong).toContain("that is not acme/api: nothing was done");
  const root = { name: "admin", password: "the first administrator" };
  const deleted = await hub.answerAs(root, "repo delete acme/api", "acme/api\n");
  expect(deleted).toContain("deleted acme/api");
  expect(deleted).toContain("Every tag and image in acme/api will be gone for good.");
  expect(await hub.type("repo show acme/api")).toBe(
    "berth: acme/api is not there, or not yours to see: see berth repo list",
  );
});

test("users and organizations are renamed", async () => {
  await using hub = await startWithTerminal();
  await hub.addUsers("alice");
  await hub.addOrganization("acme", { alice: "owner" });
  expect(await hub.typeAs(ALICE, "org rename acme apex --yes")).toBe("acme is now apex");
  expect(await hub.type("user rename alice alicia --yes")).toBe("alice is now alicia");
  expect(await hub.typeAs({ ...ALICE, name: "alicia" }, "org list")).toBe("apex");
});
