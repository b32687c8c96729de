import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import type { Client } from "../harness/client.ts";
import { openBuildah, openCtr, openDocker, openPodman, openSkopeo } from "../harness/clients.ts";
import { run } from "../harness/command.ts";
import { findFreePort } from "../harness/free-port.ts";
import { done, startAccountsHub } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { buildImage, randomContext, writeOciLayout } from "../harness/images.ts";
import { startIssuer } from "../harness/issuer.ts";
import { Nginx } from "../harness/nginx.ts";
import { PROGRAM } from "../harness/program.ts";
import { stageForThisFile } from "./stage.ts";

const ADMIN = { name: "admin", password: "colon: and ünïcode" };
const WRONG = { name: "admin", password: "guess" };
const ACCOUNTS = { BERTH_ACCESS_MODE: "accounts", BERTH_ADMIN_PASSWORD: ADMIN.password };
const REFUSED = /denied|unauthorized|authentication required/;

const stage = stageForThisFile({ env: ACCOUNTS });

describe("docker", () => {
  test("keeps a token in place of the password, pushes and pulls with it, and logs out", async () => {
    await using docker = await openDocker(inject("dockerSocket"));
    const image = `${stage.host}/docker/app:1`;
    await docker.feed(randomContext(), "build", "--quiet", "--tag", image, "-");

    expect(await docker.refused("push", image)).toMatch(REFUSED);
    expect(await docker.login(stage.host, ADMIN)).toContain("Login Succeeded");
    const kept = await readFile(join(docker.home, "config.json"), "utf8");
    expect(JSON.parse(kept)).toMatchObject({
      auths: { [stage.host]: { identitytoken: expect.stringMatching(/^berth_rt_/) } },
    });
    const recording = await stage.proxy.record(async () => {
      await docker.run("push", image);
      await docker.run("pull", image);
    });
    expect(recording.lines(/^POST \/v2\/token 200/)).not.toEqual([]);
    expect(
      recording.matching(/ \/v2\/(?!token)/).map(({ headers }) => headers.authorization),
    ).not.toContainEqual(expect.stringMatching(/^Basic /));
    await docker.run("logout", stage.host);
    expect(await docker.refused("pull", image)).toMatch(REFUSED);
  });

  test("goes on without another login after the hub was started again", async () => {
    const port = await findFreePort();
    const env = { ...ACCOUNTS, BERTH_LISTEN: `127.0.0.1:${port}` };
    await using docker = await openDocker(inject("dockerSocket"));
    await using first = await HubProcess.start({ env });
    const image = `${first.host}/docker/restart:1`;
    await docker.feed(randomContext(), "build", "--quiet", "--tag", image, "-");
    await docker.login(first.host, ADMIN);
    await first.stop();
    await using _second = await HubProcess.start({ env, dataDirectory: first.dataDirectory });
    await docker.run("push", image);
  });

  test("shows why a wrong password is refused", async () => {
    await using docker = await openDocker(inject("dockerSocket"));
    expect(await docker.loginRefused(stage.host, WRONG)).toContain(
      "unauthorized: wrong user name or password",
    );
  });
});

test("docker pushes after berth login, and not after berth logout", async () => {
  await using docker = await openDocker(inject("dockerSocket"));
  const image = `${stage.host}/docker/by-berth:1`;
  await docker.feed(randomContext(), "build", "--quiet", "--tag", image, "-");
  const environment = { env: { ...docker.environment, BERTH_PASSWORD: ADMIN.password } };
  const berth = (...words: string[]) => run(process.execPath, [PROGRAM, ...words], environment);
  await berth("login", stage.host, "--user", ADMIN.name);
  await docker.run("push", image);
  await berth("logout", stage.host);
  expect(await docker.refused("push", image)).toMatch(REFUSED);
});

describe.each([
  ["podman", openPodman],
  ["buildah", openBuildah],
  ["skopeo", openSkopeo],
] as const)("%s", (name, open) => {
  test("logs in, pushes with a token, logs out, and is refused again", async () => {
    await using client = await open(stage.host);
    const image = `docker://${stage.host}/${name}/app:1`;

    expect(await client.login(stage.host, ADMIN)).toContain("Login Succeeded");
    const recording = await stage.proxy.record(() => pushSomething(client, name, image));
    expect(recording.lines(/^GET \/v2\/token\?.*scope=repository.* 200/)).not.toEqual([]);
    await client.run("logout", stage.host);
    await expect(pushSomething(client, name, image)).rejects.toThrow(REFUSED);
  });

  test("is told that the password is wrong", async () => {
    await using client = await open(stage.host);
    expect(await client.loginRefused(stage.host, WRONG)).toContain("invalid username/password");
  });
});

test("ctr gets its token by a form, and is refused without a user", async () => {
  await using skopeo = await openSkopeo(stage.host);
  await skopeo.login(stage.host, ADMIN);
  await pushSomething(skopeo, "skopeo", `docker://${stage.host}/ctr/app:1`);
  await using ctr = await openCtr(inject("containerdSocket"));
  const image = `${stage.host}/ctr/app:1`;
  const pull = ["images", "pull", "--plain-http"];

  expect(await ctr.refused(...pull, image)).toMatch(/401 Unauthorized|authorization failed/);
  const recording = await stage.proxy.record(() =>
    ctr.run(...pull, "--user", `admin:${ADMIN.password}`, image),
  );
  expect(recording.lines(/^POST \/v2\/token 200/)).not.toEqual([]);
});

test("a blob is mounted from a repository that the client did not name", async () => {
  await using skopeo = await openSkopeo(stage.host);
  await skopeo.login(stage.host, ADMIN);
  const layout = `${skopeo.home}/layout`;
  await writeOciLayout(layout, "1", buildImage());
  await skopeo.run("copy", `oci:${layout}:1`, `docker://${stage.host}/mount/source:1`);
  const recording = await stage.proxy.record(() =>
    skopeo.run("copy", `oci:${layout}:1`, `docker://${stage.host}/mount/target:1`),
  );
  expect(
    recording.lines(/^POST \/v2\/mount\/target\/blobs\/uploads\/\?.*mount=.* 201/),
  ).not.toEqual([]);
});

test("an nginx that passes on nothing but /v2/, and another Host, is no hindrance once url is set", async () => {
  const port = await findFreePort();
  await using nginx = await Nginx.start({
    example: "berth.conf",
    hub: `127.0.0.1:${port}`,
    change: (example) =>
      example
        .replace("location / {", "location /v2/ {")
        .replace(/^ *proxy_set_header (?:Host|X-Forwarded-\w+) .*$/gm, ""),
  });
  const url = `https://${nginx.host}`;
  const env = { ...ACCOUNTS, BERTH_LISTEN: `127.0.0.1:${port}`, BERTH_URL: url };
  await using _hub = await HubProcess.start({ env });
  expect((await nginx.ask("/token")).status).toBe(404);
  const challenge = (await nginx.ask("/v2/")).headers["www-authenticate"];
  expect(challenge).toBe(`Bearer realm="${url}/v2/token",service="${nginx.host}"`);

  await using docker = await openDocker(inject("dockerSocket"));
  const image = `${nginx.host}/behind/proxy:1`;
  await docker.feed(randomContext(), "build", "--quiet", "--tag", image, "-");
  await docker.login(nginx.host, ADMIN);
  await docker.run("push", image);
  await docker.run("pull", image);
});

test("a CI job logs in by its identity token, and pushes where its rule says so and nowhere else", async () => {
  await using issuer = await startIssuer();
  const rule = {
    claims: { repository: "acme/api" },
    account: "admin",
    repositories: ["ci/api"],
    actions: ["pull", "push"],
  };
  const trusted = [{ issuer: issuer.url, audience: "the hub", rules: [rule] }];
  const env = { ...ACCOUNTS, BERTH_ACCESS_ISSUERS: JSON.stringify(trusted) };
  await using hub = await HubProcess.start({ env });
  const now = Math.floor(Date.now() / 1000);
  const job = { iss: issuer.url, aud: "the hub", sub: "job 1", repository: "acme/api" };
  const answer = await fetch(`${hub.url}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: await issuer.sign({ ...job, iat: now, exp: now + 300 }),
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    }),
  });
  const { access_token: password } = (await answer.json()) as { access_token: string };

  await using docker = await openDocker(inject("dockerSocket"));
  const [own, other] = ["ci/api:1", "ci/other:1"].map((name) => `${hub.host}/${name}`);
  await docker.feed(
    randomContext(),
    "build",
    "--quiet",
    "--tag",
    `${own}`,
    "--tag",
    `${other}`,
    "-",
  );
  expect(await docker.login(hub.host, { name: "ci", password })).toContain("Login Succeeded");
  await docker.run("push", `${own}`);
  expect(await docker.refused("push", `${other}`)).toMatch(/denied|not exist/);
});

test("a CI job of an organization's own rule pushes to it with docker, until an owner removes the rule", async () => {
  await using issuer = await startIssuer({ isSecure: true });
  const listen = `127.0.0.1:${await findFreePort()}`;
  const settings = { listen, url: `http://${listen}`, "outbound.allow": "127.0.0.1" };
  await using hub = await startAccountsHub({ settings });
  await hub.addUsers("olaf");
  await hub.addOrganization("acme", { olaf: "owner" });
  const olaf = hub.as("olaf");
  const path = "/api/v1/organizations/acme/ci-rules";
  const rule = {
    ...{ name: "deploy", issuer: issuer.url, claims: { repository: "acme/api" } },
    ...{ repositories: ["acme/api"], actions: ["pull", "push"] },
  };
  const { id } = (await done(olaf(`POST ${path}`, rule))).body;
  const now = Math.floor(Date.now() / 1000);
  const job = { sub: "job 1", repository: "acme/api", iat: now, exp: now + 300 };
  const answer = await fetch(`${hub.url}/oauth/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: await issuer.sign({ ...job, iss: issuer.url, aud: settings.url }),
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      organization: "acme",
    }),
  });
  const { access_token: password } = (await answer.json()) as { access_token: string };

  await using docker = await openDocker(inject("dockerSocket"));
  const { host } = new URL(hub.url);
  const [own, other] = [`${host}/acme/api:1`, `${host}/acme/other:1`];
  const tags = ["--tag", own, "--tag", other];
  await docker.feed(randomContext(), "build", "--quiet", ...tags, "-");
  expect(await docker.login(host, { name: "ci", password })).toContain("Login Succeeded");
  await docker.run("push", own);
  expect(await docker.refused("push", other)).toMatch(/denied|not exist/);
  expect((await olaf(`DELETE ${path}/${id}`)).status).toBe(204);
  expect(await docker.refused("push", own)).toMatch(/unauthorized|denied|incorrect/);
});

/** The three tools of the containers family take the same source once it is stored their way. */
async function pushSomething(client: Client, name: string, destination: string): Promise<void> {
  const layout = `${client.home}/layout`;
  await writeOciLayout(layout, "1", buildImage());
  if (name === "skopeo") {
    await client.run("copy", `oci:${layout}:1`, destination);
    return;
  }
  const id = await client.run("pull", "--quiet", `oci:${layout}:1`);
  await client.run("push", id, destination);
}
