import { beforeAll, describe, expect, inject, test } from "vitest";
import { readOtpauth } from "../harness/authenticator-app.ts";
import type { Client } from "../harness/client.ts";
import { openCtr, openDocker, openSkopeo } from "../harness/clients.ts";
import { buildImage, randomContext, writeOciLayout } from "../harness/images.ts";
import { stageForThisFile } from "./stage.ts";

const ROOT = { name: "admin", password: "the first administrator" };
const ALICE = { name: "alice", password: "a long enough sentence" };
const CAROL = { name: "carol", password: "a long enough sentence" };
const BOB = { name: "bob", password: "a long enough sentence" };

const stage = stageForThisFile({
  env: { BERTH_ACCESS_MODE: "accounts", BERTH_ADMIN_PASSWORD: ROOT.password },
});

type User = typeof ROOT;

/** Asks the hub's own API; answers the body. */
async function ask(user: User, line: string, body?: object): Promise<Record<string, string>> {
  const [method = "", path = ""] = line.split(" ");
  const authorization = `Basic ${Buffer.from(`${user.name}:${user.password}`).toString("base64")}`;
  const answer = await fetch(stage.hub.url + path, {
    method,
    headers: { authorization, ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${line} was answered ${answer.status}: ${text}`);
  return text === "" ? {} : JSON.parse(text);
}

/** A token of alice's, as somebody to log in as. */
async function makeToken(wish: object): Promise<User> {
  const { secret = "" } = await ask(ALICE, "POST /api/v1/account/tokens", {
    label: "ci-2",
    ...wish,
  });
  return { name: "alice", password: secret };
}

async function build(docker: Client, image: string): Promise<string> {
  await docker.feed(randomContext(), "build", "--quiet", "--tag", image, "-");
  return image;
}

beforeAll(async () => {
  for (const user of [ALICE, BOB]) await ask(ROOT, "POST /api/v1/users", user);
  await ask(ROOT, "POST /api/v1/organizations", { name: "acme" });
  await ask(ROOT, "PUT /api/v1/organizations/acme/members/bob", { role: "member" });
  await using docker = await openDocker(inject("dockerSocket"));
  await docker.login(stage.host, ROOT);
  for (const name of ["acme/api", "alice/app", "alice/private"]) {
    await docker.run("push", await build(docker, `${stage.host}/${name}:1`));
  }
  await ask(ROOT, "PATCH /api/v1/repositories/alice/app", { visibility: "public" });
  await ask(ROOT, "POST /api/v1/organizations", { name: "strict" });
  await ask(ROOT, "PUT /api/v1/organizations/strict/members/bob", { role: "contributor" });
  await ask(ROOT, "PUT /api/v1/organizations/strict/two-factor", { required: true });
});

describe("docker shows why not", () => {
  test.each([
    {
      who: "a member who may read",
      login: async () => BOB,
      image: "acme/api:2",
      says: 'denied: pushing to acme/api needs "write"; bob has only "read". An owner of acme can grant it: http://HUB/r/acme/api/rights',
    },
    {
      who: "a token to read",
      login: () => makeToken({ scopes: ["repo:read"] }),
      image: "alice/app:2",
      says: 'denied: pushing to alice/app needs "write"; your personal token "ci-2" is limited to read. Use one made for more: http://HUB/r/alice/app/rights',
    },
    {
      who: "a token for another repository",
      login: () => makeToken({ scopes: ["repo:write"], repositories: ["alice/other"] }),
      image: "alice/app:2",
      says: 'denied: pushing to alice/app needs "write"; your personal token "ci-2" is limited to read, write on alice/other',
    },
    {
      who: "a token for another repository, when it cannot be seen",
      login: () => makeToken({ scopes: ["repo:write"], repositories: ["alice/other"] }),
      image: "alice/private:2",
      says: 'repository alice/private does not exist, or is out of reach: your personal token "ci-2" is limited to read, write on alice/other',
    },
    {
      who: "somebody who may not even see it",
      login: async () => BOB,
      image: "alice/private:2",
      says: "repository alice/private does not exist, or bob has no right to see it; push to bob/...",
    },
    {
      who: "a member of an organization that asks for two-factor login",
      login: async () => BOB,
      image: "strict/app:1",
      says: "strict asks for two-factor login, which is off for bob. Turn it on: berth account two-factor enable; then log in anew",
    },
  ])("to $who", async ({ login, image, says }) => {
    await using docker = await openDocker(inject("dockerSocket"));
    await docker.login(stage.host, await login());
    expect(await docker.refused("push", await build(docker, `${stage.host}/${image}`))).toContain(
      says.replace("HUB", stage.host),
    );
  });

  test("to whoever has the right password of an account with two-factor login", async () => {
    await ask(ROOT, "POST /api/v1/users", CAROL);
    const { uri = "" } = await ask(CAROL, "POST /api/v1/account/two-factor");
    await using docker = await openDocker(inject("dockerSocket"));
    await docker.login(stage.host, CAROL);
    const code = readOtpauth(uri).codeAt(Date.now());
    await ask(CAROL, "POST /api/v1/account/two-factor/confirm", { code });
    const says = "two-factor login is on for this account: log in with a personal access token";
    expect(await docker.loginRefused(stage.host, CAROL)).toContain(says);
    const wrong = { ...CAROL, password: "a wrong sentence" };
    expect(await docker.loginRefused(stage.host, wrong)).not.toContain("two-factor");
  });

  test("and nothing about what is private to nobody in particular", async () => {
    await using docker = await openDocker(inject("dockerSocket"));
    const answers = [];
    for (const name of ["alice/private", "alice/nothing"]) {
      const said = await docker.refused("pull", `${stage.host}/${name}:1`);
      answers.push(said.replaceAll(name, "NAME"));
    }
    expect(answers[0]).toBe(answers[1]);
  });
});

test("docker shows which rule holds an immutable tag", async () => {
  await using docker = await openDocker(inject("dockerSocket"));
  await docker.login(stage.host, ROOT);
  const image = `${stage.host}/acme/released:v1.2`;
  await docker.run("push", await build(docker, image));
  const immutable = { enabled: true, patterns: ["v.*"] };
  await ask(ROOT, "PUT /api/v1/tag-rules/acme/released", { immutable });
  await docker.run("push", image);
  expect(await docker.refused("push", await build(docker, image))).toContain(
    'tag v1.2 of acme/released is immutable (rule "v.*") and can be neither moved nor deleted: push another tag, or an admin of acme/released can change the rule',
  );
});

test("docker shows who may push a protected tag", async () => {
  await using docker = await openDocker(inject("dockerSocket"));
  await docker.login(stage.host, ROOT);
  const image = (tag: string) => `${stage.host}/acme/guarded:${tag}`;
  await docker.run("push", await build(docker, image("v1.2")));
  const lines = [{ tags: "v*", push: ["bob"] }];
  await ask(ROOT, "PUT /api/v1/tag-rules/acme/guarded", { protected: { lines } });
  expect(await docker.refused("push", await build(docker, image("v1.2")))).toContain(
    'denied: tag v1.2 of acme/guarded is protected (line "v*"): only bob may push it, not admin. An admin of acme/guarded can change the rule',
  );
  await docker.run("push", await build(docker, image("1.2")));
});

test("docker shows which rule forbids a name, and which name was meant", async () => {
  await using docker = await openDocker(inject("dockerSocket"));
  await docker.login(stage.host, ROOT);
  const image = (tag: string) => `${stage.host}/acme/versioned:${tag}`;
  await docker.run("push", await build(docker, image("1.24.0")));
  const format = { allow: ["semver"] };
  await ask(ROOT, "PUT /api/v1/tag-rules/acme/versioned", { format });
  expect(await docker.refused("push", await build(docker, image("1.25")))).toContain(
    'denied: tag "1.25" of acme/versioned is not allowed: rule "semver" wants MAJOR.MINOR.PATCH; did you mean 1.25.0?',
  );
  await docker.run("push", await build(docker, image("1.25.0")));
});

describe("what is allowed is done", () => {
  test("a token to write one repository pushes to it, with docker", async () => {
    await using docker = await openDocker(inject("dockerSocket"));
    const wish = { scopes: ["repo:write"], repositories: ["alice/app"] };
    await docker.login(stage.host, await makeToken(wish));
    await docker.run("push", await build(docker, `${stage.host}/alice/app:3`));
  });

  test("a robot and an organization's token push with docker, and log in by their own names", async () => {
    const resources = [{ repositories: "acme/*", actions: ["pull", "push"] }];
    for (const noun of ["robots", "tokens"]) {
      const path = `POST /api/v1/organizations/acme/${noun}`;
      const { user: name = "", secret: password = "" } = await ask(ROOT, path, {
        label: "ci",
        resources,
      });
      await using docker = await openDocker(inject("dockerSocket"));
      await docker.login(stage.host, { name, password });
      await docker.run("push", await build(docker, `${stage.host}/acme/${noun}:1`));
      expect(
        await docker.refused("push", await build(docker, `${stage.host}/alice/app:4`)),
      ).toContain("denied");
    }
  });

  test("what is public is pulled without a login, by docker, skopeo and ctr", async () => {
    const image = `${stage.host}/alice/app:1`;
    await using docker = await openDocker(inject("dockerSocket"));
    await docker.run("pull", image);
    await using skopeo = await openSkopeo(stage.host);
    await skopeo.run("copy", `docker://${image}`, `dir:${skopeo.home}/copy`);
    await using ctr = await openCtr(inject("containerdSocket"));
    await ctr.run("images", "pull", "--plain-http", image);
  });

  test("skopeo deletes with what its token was granted, and a writer is told that it takes more", async () => {
    await using skopeo = await openSkopeo(stage.host);
    const layout = `${skopeo.home}/layout`;
    await writeOciLayout(layout, "1", buildImage());
    const image = `docker://${stage.host}/alice/deleted:1`;
    await skopeo.login(stage.host, await makeToken({ scopes: ["repo:write"] }));
    await skopeo.run("copy", `oci:${layout}:1`, image);
    expect(await skopeo.refused("delete", image)).toMatch(
      /deleting from alice\/deleted needs|403|denied/,
    );
    await skopeo.login(stage.host, ALICE);
    await skopeo.run("delete", image);
  });
});
