import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../harness/command.ts";
import { SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { Notary } from "../harness/notary.ts";

/** Debian's notary client against a hub with accounts: what docker does under the hood, and what it does not. */

let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let host: string;
let file: string;

beforeAll(async () => {
  hub = await startAccountsHub();
  host = new URL(hub.url).host;
  file = join(hub.dataDirectory, "content.txt");
  await writeFile(file, "content");
  await hub.addUsers("alice", "bob");
});

afterAll(() => hub[Symbol.asyncDispose]());

async function openNotary(name?: string): Promise<Notary> {
  const user = name && { name, password: SENTENCE };
  return await Notary.open({ url: hub.url, ...(user && { user }) });
}

test("notary signs, verifies, replaces every kind of key and removes all of it again", async () => {
  await using alice = await openNotary("alice");
  const gun = `${host}/alice/app`;
  await alice.run("init", "-p", gun);
  await alice.run("add", "-p", gun, "v1", file);
  expect(await alice.run("list", gun)).toMatch(/^v1 .* targets\s*$/m);
  expect(await alice.run("verify", gun, "v1", "-i", file)).toContain("content");
  for (const role of ["snapshot", "timestamp"]) await alice.run("key", "rotate", gun, role, "-r");
  await alice.run("key", "rotate", gun, "targets");
  await alice.run("key", "rotate", gun, "snapshot");
  await alice.answer("yes\n", "key", "rotate", gun, "root");
  await alice.run("add", "-p", gun, "v2", file);
  await alice.run("publish", gun);
  expect(await alice.run("list", gun)).toMatch(/^v2 /m);

  await using stranger = await openNotary("bob");
  expect(await stranger.refused("list", gun)).toContain("does not have trust data");
  const { status } = await hub.as("alice")("PATCH /api/v1/repositories/alice/app", {
    visibility: "public",
  });
  expect(status).toBeLessThan(300);
  // Whoever sees it for the first time walks through every root there was.
  for (const name of ["bob", undefined]) {
    await using reader = await openNotary(name);
    expect(await reader.run("list", gun)).toMatch(/^v2 /m);
    expect(await reader.refused("key", "rotate", gun, "timestamp", "-r")).toContain(
      "not authorized",
    );
  }
  await alice.run("delete", gun, "--remote");
  expect(await alice.refused("list", gun)).toContain("does not have trust data");
});

test("notary delegates, and who is trusted signs and witnesses until that is taken back", async () => {
  await using alice = await openNotary("alice");
  const gun = `${host}/alice/shared`;
  await alice.run("init", "-p", gun);
  // Others publish without her only if the hub signs the snapshots.
  await alice.run("key", "rotate", gun, "snapshot", "-r");
  const [key, certificate] = ["bob.key", "bob.crt"].map((name) => join(alice.home, name));
  await run("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-days", "30", "-subj", "/CN=bob", "-keyout", key ?? "", "-out", certificate ?? ""],
  ]);
  await alice.run(
    "delegation",
    "add",
    "-p",
    gun,
    "targets/releases",
    certificate ?? "",
    "--all-paths",
  );
  await hub.as("alice")("PUT /api/v1/namespaces/alice/rights", {
    ...{ account: "bob", repository: "alice/shared", actions: ["pull", "push"] },
  });
  await using bob = await openNotary("bob");
  await bob.run("key", "import", key ?? "", "--role", "bob");
  await bob.run("add", "-p", gun, "-r", "targets/releases", "v2", file);
  expect(await alice.run("list", gun)).toMatch(/^v2 .* targets\/releases/m);
  await bob.run("witness", "-p", gun, "targets/releases");
  const shown = await hub.as("bob")("GET /api/v1/content-trust/alice/shared");
  expect(shown.body.items[0].tags).toEqual([
    { tag: "v2", digest: expect.stringMatching(/^sha256:/), roles: ["targets/releases"] },
  ]);
  expect(
    shown.body.items[0].roles.find(({ role }: { role: string }) => role === "targets/releases")
      .keys,
  ).toEqual([{ id: expect.any(String), name: "bob" }]);
  await alice.run("delegation", "remove", "-p", gun, "targets/releases", "-y");
  expect(await alice.run("list", gun)).toContain("No targets present");
});

test("the address of the API as a name is one more name of the repository, with signatures of its own", async () => {
  await using alice = await openNotary("alice");
  const address = `https://${host}/v2/alice/app/trust/`;
  await alice.run("init", "-p", address);
  await alice.run("add", "-p", address, "v9", file);
  expect(await alice.run("list", address)).toMatch(/^v9 /m);
  expect(
    await alice.refused("init", "-p", "https://elsewhere.example/v2/alice/app/trust/"),
  ).toMatch(/trust server rejected/);
  const { body } = await hub.as("alice")("GET /api/v1/content-trust/alice/app");
  expect(body.items.map(({ gun }: { gun: string }) => gun)).toEqual([address]);
});
