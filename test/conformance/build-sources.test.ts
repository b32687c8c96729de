import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deliverPush, startGitServer } from "../harness/git-server.ts";
import { done, ROOT, startAccountsHub } from "../harness/hub-api.ts";

const stack = new AsyncDisposableStack();
let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let made = 0;

const SECRET = "a secret of the webhooks";
const DOCKERFILE = { Dockerfile: "FROM scratch\nCOPY made /made\n" };
const BRANCHES = { sourceType: "branch", source: "/.*/", dockerTag: "{sourceref}" };

beforeAll(async () => {
  hub = stack.use(
    await startAccountsHub({
      settings: { "builds.builder": "buildah-trusted", "builds.git.allow": "127.0.0.0/8" },
    }),
  );
  await done(hub.root("POST /api/v1/organizations", { name: "acme" }));
});
afterAll(() => stack.disposeAsync());

async function newRepository(rules: readonly object[] = [BRANCHES]): Promise<string> {
  made += 1;
  const name = `acme/app-${made}`;
  await done(hub.root("POST /api/v1/repositories", { name }));
  await done(hub.root(`PUT /api/v1/build-rules/${name}`, { rules }));
  return name;
}

async function addSource(name: string, body: object) {
  const added = await done(hub.root(`POST /api/v1/build-sources/of/${name}`, body));
  return { ...added.body, hookUrl: new URL(new URL(added.body.hookUrl).pathname, hub.url).href };
}

const sourceOf = async (name: string) =>
  (await done(hub.root(`GET /api/v1/build-sources/of/${name}`))).body.items[0];
const buildsOf = async (name: string) =>
  (await done(hub.root(`GET /api/v1/builds/of/${name}`))).body.items;

async function settled(name: string, state = "fetched") {
  await expect
    .poll(async () => (await sourceOf(name)).state, { timeout: 15_000, interval: 50 })
    .toBe(state);
  return await sourceOf(name);
}

async function builtOf(name: string, count: number) {
  await expect
    .poll(
      async () => (await buildsOf(name)).filter((one: { endedAt?: string }) => one.endedAt).length,
      { timeout: 60_000, interval: 100 },
    )
    .toBe(count);
  return await buildsOf(name);
}

async function manifestOf(name: string, tag: string) {
  const authorization = `Basic ${Buffer.from(`${ROOT.name}:${ROOT.password}`).toString("base64")}`;
  const accept = "application/vnd.docker.distribution.manifest.v2+json";
  return await fetch(`${hub.url}/v2/${name}/manifests/${tag}`, {
    headers: { authorization, accept },
  });
}

test.each(["github", "gitea"] as const)(
  "a signed webhook of %s leads to an image that can be pulled",
  async (provider) => {
    await using server = await startGitServer({ token: "a token of the server" });
    await server.push("refs/heads/main", { ...DOCKERFILE, made: "1" });
    const name = await newRepository();
    const token = "a token of the server";
    const source = await addSource(name, { url: server.url, provider, token, hookSecret: SECRET });
    await settled(name);
    expect(await buildsOf(name)).toEqual([]);
    const commit = await server.push("refs/heads/main", { made: "2" });
    const wish = { hookUrl: source.hookUrl, ref: "refs/heads/main" };
    // What the payload says of the commit is not what is built.
    const { status } = await deliverPush({ ...wish, secret: SECRET }, provider);
    expect(status).toBe(202);
    const [build] = await builtOf(name, 1);
    expect(build).toMatchObject({ state: "succeeded", commit, tags: ["main"] });
    expect((await manifestOf(name, "main")).status).toBe(200);
    expect(JSON.stringify(source)).not.toContain(token);
    expect(hub.dump()).not.toContain(token);
    expect(hub.dump()).not.toContain(SECRET);
  },
  90_000,
);

describe("a webhook", () => {
  let name: string;
  let hookUrl: string;
  const push = (more: Parameters<typeof deliverPush>[2] = {}, secret = SECRET) =>
    deliverPush({ hookUrl, secret, ref: "refs/heads/main" }, "github", more);

  beforeAll(async () => {
    const server = stack.use(await startGitServer());
    await server.push("refs/heads/main", { "README.md": "1" });
    name = await newRepository([]);
    const body = { url: server.url, provider: "github", hookSecret: SECRET };
    ({ hookUrl } = await addSource(name, body));
  });

  test("with a wrong signature is refused, and one without, before its body is read", async () => {
    expect((await push({}, "another secret")).status).toBe(401);
    expect((await push({ body: "no JSON" }, "another secret")).status).toBe(401);
    expect((await fetch(hookUrl, { method: "POST", body: "{}" })).status).toBe(401);
    const unsigned = { "x-gitea-signature": "", "x-gitlab-token": SECRET };
    const other = await fetch(hookUrl, { method: "POST", headers: unsigned, body: "{}" });
    expect(other.status).toBe(401);
  });

  test("of nobody is answered like an address that is not there", async () => {
    const nowhere = new URL(`/hooks/git/${"A".repeat(22)}`, hub.url).href;
    const answer = await deliverPush({ hookUrl: nowhere, secret: SECRET, ref: "x" }, "github");
    expect(answer.status).toBe(404);
  });

  test("that came before is refused, under its name and under another", async () => {
    const first = await push();
    expect(first.status).toBe(202);
    expect((await push({ body: first.sent.body, id: first.sent.id })).status).toBe(409);
    expect((await push({ body: first.sent.body })).status).toBe(409);
    expect((await push({ id: first.sent.id })).status).toBe(409);
    expect((await push()).status).toBe(202);
  });

  test("that is signed and no JSON is refused", async () => {
    expect((await push({ body: "[1]" })).status).toBe(400);
  });
});

test("a ping is answered, and a branch that is gone is forgotten", async () => {
  await using server = await startGitServer();
  await server.push("refs/heads/main", { made: "1", ...DOCKERFILE });
  await server.push("refs/heads/old", { made: "1" });
  const name = await newRepository();
  const body = { url: server.url, provider: "gitea", hookSecret: SECRET };
  const { hookUrl } = await addSource(name, body);
  await settled(name);
  await server.git("push", "--quiet", "origin", ":refs/heads/old");
  const wish = { hookUrl, secret: SECRET, ref: "refs/heads/old" };
  const { status } = await deliverPush(wish, "gitea", { after: "0".repeat(40) });
  expect(status).toBe(202);
  await settled(name);
  const trigger = await hub.root(`POST /api/v1/builds/of/${name}`, { ref: "refs/heads/old" });
  expect(trigger.status).toBe(400);
  expect(await buildsOf(name)).toEqual([]);
});

test("a commit that asks for it is not built by itself, and when somebody asks", async () => {
  await using server = await startGitServer();
  await server.push("refs/heads/main", { made: "1", ...DOCKERFILE });
  const name = await newRepository();
  await addSource(name, { url: server.url });
  await settled(name);
  await server.push("refs/heads/main", { made: "2" }, "docs: a word [skip ci]");
  await done(hub.root(`POST /api/v1/build-sources/fetch/${name}`));
  await settled(name);
  expect(await buildsOf(name)).toEqual([]);
  await done(hub.root(`POST /api/v1/builds/of/${name}`, { ref: "refs/heads/main" }));
  expect(await builtOf(name, 1)).toMatchObject([{ state: "succeeded" }]);
}, 60_000);

test.each([
  "http://169.254.169.254/acme/api.git",
  "https://10.1.2.3/acme/api.git",
  "https://[::ffff:10.1.2.3]/acme/api.git",
  "ssh://git@192.168.1.1/acme/api.git",
  "https://127.0.0.1:6379/acme/api.git",
  "https://127.0.0.1:22/acme/api.git",
  "file:///etc",
  "ext::sh -c id",
  "/etc",
  "https://user:secret@127.0.0.1/acme/api.git",
  "ssh://-oProxyCommand=id@127.0.0.1/acme/api.git",
  "ssh://git@-oProxyCommand=id/acme/api.git",
  "https://127.0.0.1/acme/../api.git/-x",
  "https://127.0.0.1/acme/api.git?x=1",
])("%s is no Git server for this hub", async (url) => {
  const name = await newRepository();
  const answer = await hub.root(`POST /api/v1/build-sources/of/${name}`, { url });
  expect(answer).toMatchObject({ status: 400 });
  expect(await sourceOf(name)).toBeUndefined();
});

test("a server that leads elsewhere is not followed, nor told the token", async () => {
  await using elsewhere = await startGitServer();
  await using server = await startGitServer({
    front: (request, response) => {
      response.writeHead(302, { location: `${elsewhere.url}${request.url}` }).end();
      return true;
    },
  });
  const name = await newRepository();
  await addSource(name, { url: server.url, token: "a token" });
  const { why } = await settled(name, "failed");
  expect(why).toContain("leads elsewhere");
  expect(elsewhere.seen).toEqual([]);
  expect(server.seen.length).toBeGreaterThan(0);
});

test("a server that asks for a password, and one that is none, are told apart from neither", async () => {
  await using server = await startGitServer({ token: "the token" });
  const name = await newRepository();
  await addSource(name, { url: server.url });
  expect((await settled(name, "failed")).why).toContain("to prove who asks");
  const other = await newRepository();
  await addSource(other, { url: "http://127.0.0.1:9/acme/api.git" });
  expect((await settled(other, "failed")).why).toContain("could not be reached");
});

test("whoever sends webhooks byte by byte holds some places, and only for so long", async () => {
  const { hostname, port } = new URL(hub.url);
  const open = () => {
    const socket = connect(Number(port), hostname);
    socket.on("error", () => undefined);
    const head = "POST /hooks/git/none HTTP/1.1\r\nHost: hub\r\nContent-Length: 1000\r\n\r\n{";
    socket.write(head);
    return socket;
  };
  const slow = Array.from({ length: 8 }, open);
  const send = async () =>
    (await fetch(`${hub.url}/hooks/git/none`, { method: "POST", body: "{}" })).status;
  await expect.poll(send, { timeout: 5000 }).toBe(429);
  for (const socket of slow) socket.destroy();
  await expect.poll(send, { timeout: 5000 }).toBe(404);
});

test("a repository has one source, and is pushed to only without", async () => {
  await using server = await startGitServer();
  await server.push("refs/heads/main", { made: "1" });
  const name = await newRepository();
  await addSource(name, { url: server.url });
  await settled(name);
  const again = await hub.root(`POST /api/v1/build-sources/of/${name}`, { url: server.url });
  expect(again.status).toBe(409);
  const service = "info/refs?service=git-receive-pack";
  expect((await hub.root(`GET /git/${name}.git/${service}`)).status).toBe(409);
  await done(hub.root(`DELETE /api/v1/build-sources/of/${name}`));
  expect(await sourceOf(name)).toBeUndefined();
  expect((await hub.root(`GET /git/${name}.git/${service}`)).status).toBe(200);
  const { body } = await hub.root("GET /api/v1/audit?limit=20");
  expect(JSON.stringify(body)).toMatch(/repo\.build\.source\.remove.*repo\.build\.source\.add/s);
});
