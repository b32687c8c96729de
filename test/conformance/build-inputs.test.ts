import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startGitServer } from "../harness/git-server.ts";
import { done, startAccountsHub } from "../harness/hub-api.ts";

const NAME = "acme/app";
const SECRET = "s3cret-of/the+builds";
const stack = new AsyncDisposableStack();
let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let server: Awaited<ReturnType<typeof startGitServer>>;

const ask = async (line: string, body?: unknown) => (await done(hub.root(line, body))).body;
const builds = async () => (await ask(`GET /api/v1/builds/of/${NAME}`)).items;

async function ended(id: number) {
  const log = String(await ask(`GET /api/v1/builds/${id}/log?follow=true`));
  await expect
    .poll(async () => (await ask(`GET /api/v1/builds/${id}`)).endedAt, { timeout: 20_000 })
    .toBeDefined();
  return { log, ...(await ask(`GET /api/v1/builds/${id}`)) };
}

async function save(...rules: readonly object[]) {
  const shared = { sourceType: "branch", source: "main", dockerTag: "latest" };
  const all = rules.map((rule) => ({ ...shared, ...rule }));
  return await ask(`PUT /api/v1/build-rules/${NAME}`, { rules: all });
}

beforeAll(async () => {
  hub = stack.use(
    await startAccountsHub({
      settings: { "builds.builder": "buildah-trusted", "builds.git.allow": "127.0.0.0/8" },
    }),
  );
  server = stack.use(await startGitServer());
  await copyFile("/bin/busybox", join(server.bare, "..", "..", "work", "busybox"));
  const shell = '["/bin/busybox", "sh", "-c", ';
  await server.push("refs/heads/main", {
    Dockerfile: [
      "FROM scratch AS base",
      "COPY busybox /bin/busybox",
      "FROM base AS shown",
      "ARG BUILD_VERSION=none",
      `RUN ${shell}"echo version $BUILD_VERSION"]`,
      `RUN --mount=type=secret,id=npm_token ${shell}"cat /run/secrets/npm_token; /bin/busybox base64 /run/secrets/npm_token"]`,
      "FROM base AS broken",
      `RUN ${shell}"exit 3"]`,
    ].join("\n"),
  });
  await server.push("refs/tags/v1.2.0", {});
  await ask("POST /api/v1/organizations", { name: "acme" });
  await ask("POST /api/v1/repositories", { name: NAME });
  await ask(`POST /api/v1/build-sources/of/${NAME}`, { url: server.url });
  await vi.waitFor(
    async () =>
      expect((await ask(`GET /api/v1/build-sources/of/${NAME}`)).items[0].state).toBe("fetched"),
    { timeout: 20_000 },
  );
}, 60_000);
afterAll(() => stack.disposeAsync());

test("a build has its arguments, its stage and its secrets, and shows no secret to anybody", async () => {
  await save({ args: { BUILD_VERSION: "1.2.3" }, secrets: ["npm_token"], target: "shown" });
  const missing = await ask(`POST /api/v1/builds/of/${NAME}`, { ref: "refs/heads/main" });
  expect((await ended(missing.items[0].id)).why).toContain("no secret npm_token");
  const named = { name: "npm_token", value: SECRET };
  await done(hub.root(`PUT /api/v1/build-secrets/of/${NAME}`, named));
  const { items } = await ask(`POST /api/v1/builds/of/${NAME}`, { ref: "refs/heads/main" });
  const { log, state } = await ended(items[0].id);
  expect(state).toBe("succeeded");
  expect(log).toContain("version 1.2.3");
  expect(log).toContain("***");
  expect(log).not.toContain(SECRET);
  expect(log).not.toContain(Buffer.from(SECRET).toString("base64").slice(0, 20));
  expect(hub.dump()).not.toContain(SECRET);
  const list = await ask(`GET /api/v1/build-secrets/of/${NAME}`);
  expect(list.items).toEqual([{ name: "npm_token", updatedAt: expect.any(String) }]);
  await done(hub.root(`DELETE /api/v1/build-secrets/named/npm_token/${NAME}`));
  expect((await ask(`GET /api/v1/build-secrets/of/${NAME}`)).items).toEqual([]);
}, 90_000);

test("arguments that look like secrets are kept with a warning", async () => {
  const { warnings } = await save({ args: { NPM_TOKEN: "x", BUILD_VERSION: "1" } });
  expect(warnings).toEqual([expect.stringContaining("NPM_TOKEN looks like a secret")]);
  const { body } = await hub.root(`GET /api/v1/build-rules/${NAME}`);
  expect(body.warnings).toHaveLength(1);
});

test.each([
  [{ schedule: "every day" }, /is no schedule/],
  [{ schedule: "61 * * * *" }, /is no schedule/],
  [{ args: { "A B": "x" } }, undefined],
  [{ target: "--x" }, undefined],
  [{ platforms: ["linux"] }, undefined],
])("the rule with %j is refused", async (more, why) => {
  const rule = { sourceType: "branch", source: "main", dockerTag: "latest", ...more };
  const answer = await hub.root(`PUT /api/v1/build-rules/${NAME}`, { rules: [rule] });
  expect(answer.status).toBe(400);
  if (why !== undefined) expect(answer.body.detail).toMatch(why);
});

test("the hub shows which tags a ref would have, also before it is there", async () => {
  await save({}, { sourceType: "tag", source: "/^v([0-9.]+)$/", dockerTag: "{\\1},{sha7}" });
  const preview = (ref: string) => ask(`POST /api/v1/build-rule-previews/${NAME}`, { ref });
  const { commit, rules } = await preview("refs/tags/v1.2.0");
  expect(rules[0]).toMatchObject({ rule: 1, builds: false });
  const tags = [{ tag: "1.2.0" }, { tag: commit.slice(0, 7) }];
  expect(rules[1]).toMatchObject({ rule: 2, builds: true, dockerfile: "Dockerfile", tags });
  const next = await preview("refs/tags/v9.9");
  expect(next.commit).toBeUndefined();
  expect(next.rules[1]).toMatchObject({ builds: true, tags: [{ tag: "9.9" }, {}] });
});

test("Docker Hub's rules are taken over as they were copied", async () => {
  const text = "Branch\tmain\tlatest\tDockerfile\t/\tON\tOFF\n";
  const { rules } = await ask(`POST /api/v1/build-rule-imports/${NAME}`, { text });
  const kept = { sourceType: "branch", source: "main", dockerTag: "latest", caching: false };
  expect(rules).toMatchObject([kept]);
  expect((await ask(`GET /api/v1/build-rules/${NAME}`)).rules).toEqual(rules);
  const refused = await hub.root(`POST /api/v1/build-rule-imports/${NAME}`, { text: "nothing" });
  expect(refused.status).toBe(400);
});

test("whoever knows the address of a trigger starts builds, until it is revoked", async () => {
  await save(
    { target: "base" },
    { sourceType: "tag", source: "/^v/", dockerTag: "v", target: "base" },
  );
  const made = await ask(`POST /api/v1/build-triggers/of/${NAME}`, { label: "ci" });
  const { pathname } = new URL(made.url, hub.url);
  expect(pathname).toMatch(/^\/api\/build\/v1\/source\/[\w-]{36}\/trigger\/[\w-]{36}\/call\/$/);
  const call = async (body?: string, path = pathname) => {
    const answer = await fetch(new URL(path, hub.url), {
      method: "POST",
      ...(body === undefined ? {} : { body, headers: { "content-type": "application/json" } }),
    });
    return { status: answer.status, body: (await answer.json()) as { builds: number[] } };
  };
  const refs = async ({ body }: Awaited<ReturnType<typeof call>>) => {
    const all = await builds();
    const own = all.filter(({ id }: { id: number }) => body.builds.includes(id));
    return own.map(({ ref }: { ref: string }) => ref).sort();
  };
  expect(await refs(await call())).toEqual(["refs/heads/main", "refs/tags/v1.2.0"]);
  expect(await refs(await call('{"source_type":"Branch","source_name":"main"}'))).toEqual([
    "refs/heads/main",
  ]);
  expect(await refs(await call('{"docker_tag":"v"}'))).toEqual(["refs/tags/v1.2.0"]);
  expect((await call('{"docker_tag":"none"}')).status).toBe(400);
  expect((await call("{")).status).toBe(400);
  const [, , , , , , , secret = ""] = pathname.split("/");
  expect((await call(undefined, pathname.replace(secret, secret.replace(/.$/, "_")))).status).toBe(
    404,
  );
  expect(hub.dump()).not.toContain(secret);
  expect((await ask(`GET /api/v1/build-triggers/of/${NAME}`)).items[0].usedAt).toBeDefined();
  await done(hub.root(`DELETE /api/v1/build-triggers/one/${made.id}`));
  expect((await call()).status).toBe(404);
}, 60_000);
