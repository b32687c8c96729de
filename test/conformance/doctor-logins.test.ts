import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { done, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { openHome } from "./doctor-home.ts";

const ALICE = { name: "alice", password: SENTENCE };
const BOB = { name: "bob", password: SENTENCE };
const SPENT_MS = 20 * 86_400_000;

let now = new Date();
let hub: Awaited<ReturnType<typeof startAccountsHub>>;

beforeAll(async () => {
  const settings = { "http.trustedProxies": "127.0.0.1" };
  hub = await startAccountsHub({ clock: () => now, settings });
  await hub.addUsers("alice", "bob");
  await hub.push(ALICE, "alice/app:1");
});
afterAll(() => hub[Symbol.asyncDispose]());

describe("berth doctor sees of logins", () => {
  test("a wrong password", async () => {
    await using home = await openHome();
    await home.logIn(hub.url, { name: "alice", password: "what it was last year" });
    const { exitCode, stdout } = await home.ask(hub.url);
    expect(stdout).toContain("is refused: wrong user name or password");
    expect(stdout).toContain(`-> docker login ${new URL(hub.url).host}`);
    expect(exitCode).toBe(1);
  });

  test("a token with its limits, that it ends soon, and that it has ended", async () => {
    await using home = await openHome();
    const wish = {
      label: "ci-2",
      scopes: ["repo:read"],
      repositories: ["alice/app"],
      expiresAt: new Date(Date.now() + 3.5 * 86_400_000).toISOString(),
    };
    const { body } = await done(hub.as("alice")("POST /api/v1/account/tokens", wish));
    await home.logIn(hub.url, { name: "alice", password: body.secret });
    const before = await home.ask(hub.url, "--repository", "alice/app");
    expect(before.stdout).toContain('by personal token "ci-2": pull on alice/app');
    expect(before.stdout).toContain('personal token "ci-2" expires in 3 days');
    expect(before.stdout).toContain('your personal token "ci-2" is limited to read on alice/app');
    expect(before.exitCode).toBe(0);
    now = new Date(Date.now() + SPENT_MS);
    const after = await home.ask(hub.url);
    now = new Date();
    expect(after.stdout).toMatch(/is refused: your personal token "ci-2" expired on \d{4}-/);
    expect(after.exitCode).toBe(1);
  });

  test("an identity token that works, and one that has ended", async () => {
    await using home = await openHome();
    const headers = { authorization: `Basic ${btoa(`bob:${SENTENCE}`)}` };
    const answer = await fetch(`${hub.url}/token?offline_token=true`, { headers });
    const { refresh_token: token } = (await answer.json()) as { refresh_token: string };
    await home.keepLogin(hub.url, { auth: btoa("bob:"), identitytoken: token });
    expect((await home.ask(hub.url)).stdout).toContain("you are bob by password");
    await done(hub.as("bob")("DELETE /api/v1/account/logins"));
    const after = await home.ask(hub.url);
    expect(after.stdout).toContain("the login has ended");
    expect(after.exitCode).toBe(1);
  });

  test("a login for another port, for another spelling, without a password, and for others to read", async () => {
    await using home = await openHome();
    await home.logIn("http://127.0.0.1:1", ALICE);
    const other = await home.ask(hub.url);
    expect(other.stdout).toContain("has a login for 127.0.0.1:1, but none for");
    await home.keepStore({ auths: { [hub.url]: { auth: btoa(`alice:${SENTENCE}`) } } });
    const spelled = await home.ask(hub.url);
    expect(spelled.stdout).toContain(`keeps the login under "${hub.url}"`);
    expect(spelled.stdout).toContain("works");
    await home.keepLogin(hub.url, {});
    expect((await home.ask(hub.url)).stdout).toContain("but no password in it");
    await home.logIn(hub.url, ALICE);
    await chmod(home.dockerFile, 0o644);
    expect((await home.ask(hub.url)).stdout).toContain("can be read by other users");
    await writeFile(home.dockerFile, "{ not json, but hunter2hunter2");
    const broken = await home.ask(hub.url);
    expect(broken.stdout).toContain("cannot be read: no JSON");
    expect(broken.exitCode).toBe(1);
  });

  test("a helper that is not there", async () => {
    await using home = await openHome();
    await home.keepStore({ credsStore: "nobody-has-this" });
    const { exitCode, stdout } = await home.ask(hub.url);
    expect(stdout).toContain("docker-credential-nobody-has-this, which is not in the PATH");
    expect(exitCode).toBe(1);
  });

  test("podman's file too", async () => {
    await using home = await openHome();
    const { host } = new URL(hub.url);
    const store = { auths: { [host]: { auth: btoa(`bob:${SENTENCE}`) } } };
    await home.keep("auth.json", JSON.stringify(store));
    const file = join(home.path, "auth.json");
    const { stdout } = await home.askWith({ REGISTRY_AUTH_FILE: file }, hub.url);
    expect(stdout).toContain(`bob (${file}) works`);
  });

  test("a repository that is out of reach, with the hub's own sentence", async () => {
    await using home = await openHome();
    await home.logIn(hub.url, BOB);
    const { exitCode, stdout } = await home.ask(hub.url, "--repository", "alice/app");
    expect(stdout).toContain(
      "pull: no; repository alice/app does not exist, or bob has no right to see it",
    );
    expect(stdout).toContain('ask an owner of "alice" for the right');
    expect(exitCode).toBe(1);
  });
});

describe("berth doctor sees of a CI job", () => {
  test.each([
    {
      variables: { CI_REGISTRY_USER: "ci", CI_REGISTRY_PASSWORD: "" },
      seen: "CI_REGISTRY_PASSWORD is set, but empty",
      code: 1,
    },
    {
      variables: { DOCKER_USERNAME: "ci", DOCKER_PASSWORD: "hunter2hunter2\n" },
      seen: "DOCKER_PASSWORD begins or ends with a space or a line break",
      code: 1,
    },
    {
      variables: { REGISTRY_USERNAME: "ci" },
      seen: "REGISTRY_USERNAME is set, but REGISTRY_PASSWORD is not",
      code: 0,
    },
    {
      variables: { GITHUB_TOKEN: '"x"' },
      seen: "GITHUB_TOKEN has quotation marks around it",
      code: 0,
    },
    {
      variables: { GITHUB_ACTIONS: "true" },
      seen: "this GitHub job may not have an identity token",
      code: 0,
    },
    { variables: { GITLAB_CI: "true" }, seen: "this GitLab job has no BERTH_ID_TOKEN", code: 0 },
    {
      variables: { BERTH_ID_TOKEN: identityToken(-60) },
      seen: "the identity token in BERTH_ID_TOKEN expired",
      code: 1,
    },
    {
      variables: { BERTH_ID_TOKEN: identityToken(60) },
      seen: "an identity token of https://ci.example.com for hub",
      code: 0,
    },
  ])("$seen", async ({ variables, seen, code }) => {
    await using home = await openHome();
    const { exitCode, stdout } = await home.askWith(variables, hub.url);
    expect(stdout).toContain(seen);
    expect(exitCode).toBe(code);
  });

  test("one line of JSON for each finding", async () => {
    await using home = await openHome();
    const { stdout } = await home.askWith({ DOCKER_PASSWORD: "" }, `${hub.url} --json`);
    const findings = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(findings).toContainEqual({
      check: "variables",
      state: "fail",
      seen: "DOCKER_PASSWORD is set, but empty",
      cure: expect.stringContaining("CI service"),
    });
  });

  test("a password in the address is refused, not shown", async () => {
    await using home = await openHome();
    const { exitCode, stderr } = await home.ask("http://ci:hunter2hunter2@127.0.0.1:1");
    expect(stderr).toContain("leave user and password out of the address");
    expect(exitCode).toBe(2);
  });
});

function identityToken(seconds: number): string {
  const exp = Math.floor(Date.now() / 1000) + seconds;
  const claims = { iss: "https://ci.example.com", aud: "hub", exp };
  return `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.hunter2hunter2`;
}
