import { expect, test } from "vitest";
import { SENTENCE } from "../harness/hub-api.ts";
import { startWithTerminal } from "../harness/hub-terminal.ts";

const ALICE = { name: "alice", password: SENTENCE };

test("an administrator makes accounts, shuts them out, lets them in and deletes them", async () => {
  await using hub = await startWithTerminal();
  expect(await hub.type("user create alice --email a@example.com", `${SENTENCE}\n`)).toBe(
    "made alice",
  );
  expect(await hub.type("user list")).toMatch(
    /^NAME +ROLE +SINCE +STATE\nadmin +administrator .*\nalice /,
  );
  expect(await hub.type("user disable alice")).toBe("disabled alice");
  expect((await hub.as("alice")("GET /v2/")).status).toBe(401);
  expect(await hub.type("user enable alice")).toBe("enabled alice");
  expect(await hub.type("user password alice", "an entirely new sentence\n")).toBe(
    "password changed",
  );
  expect((await hub.as("alice", "an entirely new sentence")("GET /v2/")).status).toBe(200);
  expect(await hub.type("user delete alice")).toContain("say --yes if you are sure");
  expect(await hub.type("user delete alice --yes")).toBe("deleted alice");
  expect(await hub.type("user delete alice --yes")).toBe(
    "berth: alice is not there, or not yours to see: see berth user list",
  );
});

test("people change their own password, and are told when the current one is wrong", async () => {
  await using hub = await startWithTerminal();
  await hub.addUsers("alice");
  const wrong = await hub.typeAs(ALICE, "user password", "guess\nan entirely new sentence\n");
  expect(wrong).toBe("berth: the current password is wrong");
  const changed = await hub.typeAs(
    ALICE,
    "user password",
    `${SENTENCE}\nan entirely new sentence\n`,
  );
  expect(changed).toBe("password changed");
  expect((await hub.as("alice", "an entirely new sentence")("GET /v2/")).status).toBe(200);
});

test("people tell of themselves", async () => {
  await using hub = await startWithTerminal();
  await hub.addUsers("alice");
  const told = "account profile --given-name Alice --family-name Archer --location Ghent";
  const shown = "name      Alice Archer\ncompany   \nlocation  Ghent";
  expect(await hub.typeAs(ALICE, told)).toBe(shown);
  expect(await hub.typeAs(ALICE, "account profile")).toBe(shown);
});

test("a token is made, shown once, listed, used, disabled and deleted", async () => {
  await using hub = await startWithTerminal();
  await hub.addUsers("alice");
  const wish = "token create ci-2 --scope repo:write --repository alice/app --expires 90d";
  const said = (await hub.typeAs(ALICE, wish)).split("\n");
  expect(said).toHaveLength(2);
  const secret = said.find((line) => line.startsWith("dckr_pat_")) ?? "";
  const bearer = { name: "alice", password: secret };
  expect(await hub.typeAs(bearer, "whoami")).toBe(
    'alice, by personal token "ci-2"\n  alice/app: pull, push',
  );
  const list = await hub.typeAs(ALICE, "token list");
  expect(list).toContain("ci-2");
  expect(list).not.toContain(secret);
  expect(await hub.typeAs(ALICE, "token disable ci-2")).toBe("disabled ci-2");
  expect(await hub.typeAs(bearer, "whoami")).toMatch(/^berth: /);
  expect(await hub.typeAs(ALICE, "token list")).toContain("ci-2 (off)");
  expect(await hub.typeAs(ALICE, "token enable ci-2")).toBe("enabled ci-2");
  expect(await hub.typeAs(bearer, "whoami")).toMatch(/^alice, /);
  expect(await hub.typeAs(ALICE, "token delete ci-3")).toBe(
    'berth: there is no "ci-3": berth token list shows what there is',
  );
  expect(await hub.typeAs(ALICE, "token delete ci-2")).toBe("deleted ci-2");
  expect(await hub.typeAs(bearer, "whoami")).toBe("berth: wrong user name or password");
});

test("an organization gets members, teams and rights", async () => {
  await using hub = await startWithTerminal();
  await hub.addUsers("alice", "bob");
  expect(await hub.type("org create acme")).toBe("made acme");
  expect(await hub.type("org add acme alice --role owner")).toBe("alice is owner of acme");
  expect(await hub.typeAs(ALICE, "org list")).toBe("acme");
  expect(await hub.typeAs(ALICE, "org add acme bob")).toBe("bob is member of acme");
  expect(await hub.typeAs(ALICE, "org members acme")).toMatch(/bob +member/);
  expect(await hub.typeAs(ALICE, "team create acme builders")).toBe("made builders");
  expect(await hub.typeAs(ALICE, "team add acme builders bob")).toBe("bob is in acme/builders");
  expect(await hub.typeAs(ALICE, "team list acme")).toMatch(/builders +1/);
  await hub.push(ALICE, "acme/api:1");
  const bob = { name: "bob", password: SENTENCE };
  expect(await hub.push(bob, "acme/api:2")).toMatchObject({ status: 403 });
  const key = "acme --team builders --repository acme/api";
  expect(await hub.typeAs(ALICE, `repo grant ${key} --may push --tags v*`)).toBe(
    "team builders may push: acme/api",
  );
  expect(await hub.typeAs(ALICE, "repo rights acme")).toMatch(
    /team builders +acme\/api +push +tags v\*/,
  );
  expect(await hub.push(bob, "acme/api:v2")).toMatchObject({ status: 201 });
  expect(await hub.typeAs(ALICE, `repo revoke ${key}`)).toBe("taken away");
  expect(await hub.push(bob, "acme/api:v3")).toMatchObject({ status: 403 });
  expect(await hub.typeAs(ALICE, "team remove acme builders bob")).toBe(
    "bob is not in acme/builders",
  );
  expect(await hub.typeAs(ALICE, "team delete acme builders")).toBe("deleted builders");
  expect(await hub.typeAs(ALICE, "org remove acme bob")).toBe("removed bob from acme");
  expect(await hub.typeAs(ALICE, "org delete acme --yes")).toContain("it still holds repositories");
});

test("a repository is listed, shown, opened to everybody and closed again", async () => {
  await using hub = await startWithTerminal();
  await hub.addUsers("alice");
  await hub.push(ALICE, "alice/app:1");
  expect(await hub.typeAs(ALICE, "repo list")).toMatch(/^NAME .*\nalice\/app +private +0 /);
  const set = "repo set alice/app --public --description";
  expect(await hub.typeAs(ALICE, `${set} An_app`)).toMatch(/^alice\/app \(public\)\nAn_app\n/);
  expect((await hub.anonymous("GET /v2/alice/app/tags/list")).status).toBe(200);
  expect(await hub.typeAs(ALICE, "repo set alice/app --private")).toContain("(private)");
  expect(await hub.typeAs(ALICE, "repo show alice/app")).toContain("(private)");
  expect(await hub.typeAs(ALICE, "repo show alice/../../users")).toMatch(/^berth: /);
  expect(await hub.typeAs(ALICE, "repo set alice/app --private --public")).toContain("either");
});

test("logins are listed and ended, and the signing key is replaced", async () => {
  await using hub = await startWithTerminal();
  await hub.addUsers("alice");
  const query = `${hub.url}/token?offline_token=true`;
  const headers = {
    authorization: `Basic ${btoa(`alice:${SENTENCE}`)}`,
    "user-agent": "docker/28",
  };
  await fetch(query, { headers });
  await fetch(query, { headers });
  expect(await hub.typeAs(ALICE, "logins list")).toMatch(/password +127\.0\.0\.1 .* docker\/28/);
  const { items } = JSON.parse(await hub.typeAs(ALICE, "logins list --json"));
  expect(await hub.typeAs(ALICE, `logins end ${items[0].id}`)).toBe(`ended ${items[0].id}`);
  expect(await hub.typeAs(ALICE, "logins end")).toBe("ended all logins");
  expect(await hub.typeAs(ALICE, "keys replace")).toContain("only an administrator");
  expect(await hub.type("keys replace")).toMatch(/^tokens are signed with [\w-]{43} now$/);
});
