import { expect, test } from "vitest";
import { startHub } from "../harness/hub.ts";
import { callerOf, done, ROOT } from "../harness/hub-api.ts";
import { startWithTerminal } from "../harness/hub-terminal.ts";

test("an administrator who lost the password gets another on the hub's machine, while it is stopped", async () => {
  await using hub = await startWithTerminal();
  await hub.addUsers("alice");
  const rescue = `user rescue admin --data ${hub.dataDirectory}`;
  expect(await hub.typeAlone(rescue)).toContain("a hub is using");
  await hub.close();
  expect(await hub.typeAlone(`user rescue alice --data ${hub.dataDirectory}`)).toContain(
    "alice is no administrator of the hub",
  );
  const [password = ""] = (await hub.typeAlone(rescue)).split("\n");
  expect(password).toMatch(/^[\w-]{24}$/);
  await using again = await startHub({
    settings: { "access.mode": "accounts", data: hub.dataDirectory },
  });
  const ask = (secret: string) => callerOf(again.url, { name: "admin", password: secret });
  expect((await ask(ROOT.password)("GET /api/v1/account")).status).toBe(401);
  const { body } = await done(ask(password)("GET /api/v1/audit?action=account.password.reset"));
  expect(body.items).toMatchObject([{ account: "admin", actor: "berth", outcome: "done" }]);
  expect(await hub.typeAlone(`audit verify --data ${hub.dataDirectory}`)).toContain("unbroken");
});
