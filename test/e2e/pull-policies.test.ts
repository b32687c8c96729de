import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { Client } from "../harness/client.ts";
import { openDocker } from "../harness/clients.ts";
import { done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { withTerminal } from "../harness/hub-terminal.ts";
import { randomContext } from "../harness/images.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

/** What docker itself gets and says where policies hold; all that they may ask for is in `judge.test.ts`. */

const READER = { name: "rita", password: SENTENCE };
const NAME = "acme/app";
const TAGS = ["signed", "strange", "vulnerable"] as const;
const DAY = 86_400_000;
const REFUSED =
  /this image may not be pulled: the policy signed of acme asks for signed by the key acme\/release/;

const running = new AsyncDisposableStack();
let now = Date.now();
let hub: Awaited<ReturnType<typeof startHub>>;
let signer: Client;
let reader: Client;
let file: (name: string) => string;

async function startHub() {
  return await withTerminal(await startAccountsHub({ clock: () => new Date(now) }));
}

beforeAll(async () => {
  hub = running.use(await startHub());
  const keys = running.use(await makeTempDirectory("policies"));
  file = (name) => join(keys.path, name);
  signer = running.use(await openDocker(inject("dockerSocket")));
  reader = running.use(await openDocker(inject("dockerSocket")));
  await hub.addUsers(READER.name);
  await hub.addOrganization("acme");
  await done(hub.root("POST /api/v1/repositories", { name: NAME, visibility: "public" }));
  await signer.login(hostOf(), ROOT);
  await reader.login(hostOf(), READER);
  for (const name of ["ours", "theirs"])
    await hub.typeAlone(`keys generate --output ${file(name)}`, "horse\n");
  expect(await hub.type(`keys add acme/release ${file("ours.pub")}`)).toContain("is trusted");
}, 120_000);

afterAll(() => running.disposeAsync());

const hostOf = () => new URL(hub.url).host;
const nameOf = (tag: string) => `${hostOf()}/${NAME}:${tag}`;

/** Built, pushed and taken away again, so that docker has to ask for it. */
async function push(tag: string): Promise<void> {
  await signer.feed(randomContext(), "build", "--quiet", "--tag", nameOf(tag), "-");
  await signer.run("push", nameOf(tag));
  await signer.run("image", "rm", nameOf(tag));
}

async function pull(client: Client, tag: string): Promise<string> {
  await client.run("pull", nameOf(tag));
  const names = await client.run("inspect", "--format", "{{.RepoDigests}}", nameOf(tag));
  await client.run("image", "rm", nameOf(tag));
  return /sha256:[0-9a-f]{64}/.exec(names)?.[0] ?? "none";
}

const enforce = (name: string, words: string) =>
  hub.type(`policy set acme ${name} --mode enforce ${words}`);

/** Whoever reads, once what was changed is noticed: within a second or so. */
async function expectStatus(tag: string, status: number): Promise<void> {
  const ask = async () => (await hub.as(READER.name)(`GET /v2/${NAME}/manifests/${tag}`)).status;
  await expect.poll(ask, { timeout: 15_000 }).toBe(status);
}

test("docker is refused what the policies refuse, and told why; the signer is never locked out", async () => {
  for (const tag of TAGS) await push(tag);
  await enforce("signed", "--signed-by acme/release");
  expect(await reader.refused("pull", nameOf("signed"))).toMatch(REFUSED);
  for (const tag of TAGS) {
    await pull(signer, tag);
    const key = file(tag === "strange" ? "theirs.key" : "ours.key");
    expect(await hub.type(`sign ${nameOf(tag)} --key ${key}`, "horse\n")).toContain(": signed");
  }
  await expectStatus("signed", 200);
  const digest = await pull(reader, "signed");
  expect(await hub.type(`verify ${nameOf("signed")}`)).toContain(
    `@${digest}: signed by the key acme/release`,
  );
  const strange = await reader.refused("pull", nameOf("strange"));
  expect(strange).toMatch(REFUSED);
  expect(strange).toContain("unknown key");

  // What a simulation of the policy says is what docker then meets.
  await hub.type("policy set acme signed --mode off --signed-by acme/release");
  for (const tag of TAGS) await pull(reader, tag);
  const simulated = await hub.type("policy simulate acme signed --signed-by acme/release");
  expect(simulated).toMatch(/1 of 3 images\n\S+ strange\n/);
  await enforce("signed", "--signed-by acme/release");
  await pull(reader, "signed");
  await pull(reader, "vulnerable");
  expect(await reader.refused("pull", nameOf("strange"))).toMatch(REFUSED);
}, 120_000);

test("docker gets what is excepted until that expires, and not what is vulnerable", async () => {
  const except = `policy except acme signed ${NAME}:strange --reason urgent --days 1`;
  expect(await hub.type(except)).toContain("until");
  await pull(reader, "strange");
  now += 2 * DAY;
  await expectStatus("strange", 403);
  expect(await reader.refused("pull", nameOf("strange"))).toMatch(REFUSED);

  scan("vulnerable", ["CVE-2026-1"]);
  scan("signed", []);
  await enforce("clean", "--severity high");
  await expectStatus("signed", 200);
  await pull(reader, "signed");
  expect(await reader.refused("pull", nameOf("vulnerable"))).toContain(
    "the policy clean of acme asks for no vulnerability of severity high or worse (there is: CVE-2026-1)",
  );
  await pull(signer, "vulnerable");
  expect(await hub.type(`policy explain ${NAME}:vulnerable`)).toContain("refused");
  await hub.type(`policy except acme clean ${NAME}:vulnerable --reason urgent --days 1`);
  await pull(reader, "vulnerable");
}, 120_000);

/** As a scan would leave it. */
function scan(tag: string, ids: readonly string[]): void {
  const findings = ids.map((id) => ({ id, severity: "critical", fixedVersion: null }));
  const result = gzipSync(JSON.stringify({ findings, flaws: [] }));
  using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"));
  database
    .prepare(
      "insert into scans (digest, state, analyser_version, advisories, result, attempts, due_at, scanned_at) select manifests.digest, 'done', 1, '', ?, 0, 0, 0 from tags join manifests on manifests.id = tags.manifest_id where tags.name = ?",
    )
    .run(result, tag);
}
