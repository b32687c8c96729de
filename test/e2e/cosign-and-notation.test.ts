import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import { attempt, run } from "../harness/command.ts";
import { done, ROOT, startAccountsHub } from "../harness/hub-api.ts";
import { withTerminal } from "../harness/hub-terminal.ts";
import { buildImage } from "../harness/images.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

/** The clients themselves. Debian packs neither: where they are not on PATH, nothing is proved, and the tests say so. */

const NAME = "acme/app";
const running = new AsyncDisposableStack();
let hub: Awaited<ReturnType<typeof startHub>>;
let home: string;
let env: Record<string, string>;
let image: string;

async function startHub() {
  return await withTerminal(await startAccountsHub());
}

beforeAll(async () => {
  hub = running.use(await startHub());
  home = running.use(await makeTempDirectory("signers")).path;
  env = { HOME: home, DOCKER_CONFIG: home, COSIGN_PASSWORD: "horse" };
  const host = new URL(hub.url).host;
  const auth = Buffer.from(`${ROOT.name}:${ROOT.password}`).toString("base64");
  await writeFile(join(home, "config.json"), JSON.stringify({ auths: { [host]: { auth } } }));
  await hub.addOrganization("acme");
  await using client = new RegistryClient(hub.url, { user: ROOT });
  const built = buildImage();
  await client.push(NAME, "1", built);
  image = `${host}/${NAME}@${built.manifest.digest}`;
});

afterAll(() => running.disposeAsync());

async function versionOf(context: TestContext, command: "cosign" | "notation"): Promise<string> {
  const found = await attempt(command, ["version"], { env }).catch(() => undefined);
  if (found?.exitCode !== 0) return context.skip(`unproved: ${command} is not on PATH`);
  console.log(found.output);
  return found.output;
}

/** What the hub found out, once it has: by which of the trusted keys and certificates. */
async function expectVerified(signer: object): Promise<void> {
  const ask = async () => {
    const { body } = await done(hub.root(`GET /api/v1/signatures/${NAME}?reference=1`));
    return body.signatures;
  };
  const verified = expect.objectContaining({ state: "verified", signer });
  await expect.poll(ask, { timeout: 15_000 }).toContainEqual(verified);
}

test("what cosign signs is verified here, and what is signed here is verified by cosign", async (context) => {
  const version = await versionOf(context, "cosign");
  const at = (name: string) => join(home, name);
  await run("cosign", ["generate-key-pair", "--output-key-prefix", at("theirs")], { env });
  // Without a log of signatures: version 3 has to be told that its list of services is not wanted either.
  const isOld = /GitVersion:\s*v2\./.test(version);
  const alone = ["--tlog-upload=false", ...(isOld ? [] : ["--use-signing-config=false"])];
  const words = ["sign", "--yes", "--key", at("theirs.key"), ...alone, image];
  await run("cosign", words, { env });
  await hub.type(`keys add acme/theirs ${at("theirs.pub")}`);
  await expectVerified({ kind: "key", key: "acme/theirs" });

  await hub.typeAlone(`keys generate --output ${at("ours")}`, "horse\n");
  expect(await hub.type(`sign ${image} --key ${at("ours.key")}`, "horse\n")).toContain("signed");
  const verify = ["verify", "--insecure-ignore-tlog=true", "--key", at("ours.pub")];
  const bundles = isOld ? ["--new-bundle-format"] : [];
  expect((await run("cosign", [...verify, ...bundles, image], { env })).output).toContain(
    image.slice(image.indexOf("sha256:")),
  );
});

test("what notation signs is verified here", async (context) => {
  await versionOf(context, "notation");
  const notation = { ...env, XDG_CONFIG_HOME: home };
  await run("notation", ["cert", "generate-test", "--default", "acme.example"], { env: notation });
  await run("notation", ["sign", "--insecure-registry", image], { env: notation });
  const certificate = join(home, "notation/localkeys/acme.example.crt");
  expect(await readFile(certificate, "utf8")).toContain("BEGIN CERTIFICATE");
  await hub.type(`keys add acme/notation ${certificate} --kind ca`);
  await expectVerified(expect.objectContaining({ kind: "certificate", store: "acme/notation" }));
});
