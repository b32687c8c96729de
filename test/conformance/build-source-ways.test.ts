import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeCertificate } from "../harness/certificate.ts";
import { startFront } from "../harness/front.ts";
import { startGitServer } from "../harness/git-server.ts";
import { done, startAccountsHub } from "../harness/hub-api.ts";
import { startSshServer } from "../harness/ssh-server.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const MINUTE = 60_000;
const soon = { timeout: 20_000, interval: 50 };
const stack = new AsyncDisposableStack();
let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let ownAuthority: string;
let passed = 0;
let made = 0;

beforeAll(async () => {
  ownAuthority = stack.use(await makeTempDirectory("authority")).path;
  await makeCertificate(ownAuthority);
  hub = stack.use(
    await startAccountsHub({
      settings: {
        "builds.builder": "buildah-trusted",
        "builds.git.allow": "127.0.0.0/8",
        "builds.git.caFile": join(ownAuthority, "ca.crt"),
      },
      clock: () => new Date(Date.now() + passed),
    }),
  );
  await done(hub.root("POST /api/v1/organizations", { name: "acme" }));
});
afterAll(() => stack.disposeAsync());

/** A repository with a rule for all branches, built from there. */
async function addSource(body: object) {
  made += 1;
  const name = `acme/app-${made}`;
  await done(hub.root("POST /api/v1/repositories", { name }));
  const rules = [{ sourceType: "branch", source: "/.*/", dockerTag: "{sourceref}" }];
  await done(hub.root(`PUT /api/v1/build-rules/${name}`, { rules }));
  const { body: source } = await done(hub.root(`POST /api/v1/build-sources/of/${name}`, body));
  return {
    source,
    look: () => done(hub.root(`POST /api/v1/build-sources/fetch/${name}`)),
    async becomes(state: "fetched" | "failed") {
      const ask = async () =>
        (await done(hub.root(`GET /api/v1/build-sources/of/${name}`))).body.items[0];
      await expect.poll(async () => (await ask()).state, soon).toBe(state);
      return await ask();
    },
    /** There is nothing to build there, so each is over at once. */
    builds: async () => (await done(hub.root(`GET /api/v1/builds/of/${name}`))).body.items,
  };
}

test("a server is read by ssh with the key that the hub made, and has to stay the one that it was", async () => {
  await using server = await startGitServer();
  await using ssh = await startSshServer();
  await server.push("refs/heads/main", { "README.md": "1" });
  const added = await addSource({ url: ssh.addressOf(server.bare), deployKey: "new" });
  expect((await added.becomes("failed")).why).toContain("to prove who asks");
  await ssh.letIn(added.source.deployKey);
  await added.look();
  expect((await added.becomes("fetched")).hostKey).toContain("ssh-ed25519 ");
  const commit = await server.push("refs/heads/main", { "README.md": "2" });
  await added.look();
  await expect.poll(async () => (await added.builds())[0]?.commit, soon).toBe(commit);
  await ssh.showOtherKey();
  await added.look();
  expect((await added.becomes("failed")).why).toContain("shows another key");
  expect(hub.dump()).not.toContain("PRIVATE KEY");
}, 60_000);

test("a server with a certificate of an authority of its own is read, and one of another is not", async () => {
  await using server = await startGitServer();
  await server.push("refs/heads/main", { "README.md": "1" });
  const showing = async (folder: string) => {
    const [cert, key] = [readFile(join(folder, "ca.crt")), readFile(join(folder, "key.pem"))];
    const certificate = { cert: String(await cert), key: String(await key) };
    return await startFront({ hub: new URL(server.url).origin, certificate });
  };
  await using known = await showing(ownAuthority);
  const added = await addSource({ url: `${known.url}/acme/api.git` });
  await added.becomes("fetched");
  await using folder = await makeTempDirectory("other-authority");
  await makeCertificate(folder.path);
  await using other = await showing(folder.path);
  const refused = await addSource({ url: `${other.url}/acme/api.git` });
  expect((await refused.becomes("failed")).why).toContain("certificate is not trusted");
}, 60_000);

test("a server that sends no webhooks is looked at in turns, and what is new there is built once", async () => {
  await using server = await startGitServer();
  await server.push("refs/heads/main", { "README.md": "1" });
  const added = await addSource({ url: server.url, pollMinutes: 15 });
  await added.becomes("fetched");
  const commit = await server.push("refs/heads/main", { "README.md": "2" });
  expect(await added.builds()).toEqual([]);
  passed += 17 * MINUTE;
  await expect.poll(async () => (await added.builds())[0]?.commit, soon).toBe(commit);
  const asked = server.seen.length;
  passed += 17 * MINUTE;
  await expect.poll(() => server.seen.length, soon).toBeGreaterThan(asked);
  await added.becomes("fetched");
  expect(await added.builds()).toHaveLength(1);
}, 60_000);
