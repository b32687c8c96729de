import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { openDocker } from "../harness/clients.ts";
import { attempt, run } from "../harness/command.ts";
import { SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { randomContext } from "../harness/images.ts";
import { PROGRAM } from "../harness/program.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

/** Docker's own content trust, first and later, between two people: by https, with the authority that `berth tls dev` makes. */

const PASSPHRASES = {
  DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: "a root passphrase",
  DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: "a repository passphrase",
};

const running = new AsyncDisposableStack();
let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let host: string;
let image: string;
let authority: string;
const trusted = getCACertificates("default");

beforeAll(async () => {
  const home = running.use(await makeTempDirectory("content-trust"));
  const tls = (name: string) => join(home.path, "tls", name);
  await run(process.execPath, [PROGRAM, "tls", "dev", "--data", home.path], {
    env: { HOME: home.path },
  });
  authority = tls("authority.crt");
  setDefaultCACertificates([...trusted, await readFile(authority, "utf8")]);
  hub = running.use(
    await startAccountsHub({
      settings: { "tls.certificate": tls("hub.crt"), "tls.key": tls("hub.key") },
    }),
  );
  host = new URL(hub.url).host;
  image = `${host}/alice/app`;
  await hub.addUsers("alice", "bob");
});

afterAll(async () => {
  setDefaultCACertificates(trusted);
  await running.disposeAsync();
});

/** Somebody with a docker of their own, who demands content trust of everything or asks for it with each push. */
async function openPerson(name: string) {
  const docker = running.use(await openDocker(inject("dockerSocket")));
  const env = { ...docker.environment, ...PASSPHRASES };
  const demanding = { ...env, DOCKER_CONTENT_TRUST: "1" };
  await run("docker", ["login", "--username", name, "--password-stdin", host], {
    env,
    input: SENTENCE,
  });
  return {
    build: (tag: string) => docker.feed(randomContext(), "build", "--quiet", "--tag", tag, "-"),
    run: (...words: string[]) => run("docker", words, { env }),
    trusting: (...words: string[]) => run("docker", words, { env: demanding }),
    async refused(...words: string[]) {
      const { exitCode, output } = await attempt("docker", words, { env: demanding });
      expect(exitCode).not.toBe(0);
      return output;
    },
    home: docker.home,
  };
}

test("what is pushed with content trust, first and later, is pulled by somebody who demands it", async () => {
  const { stdout: version } = await run("docker", ["--version"]);
  console.log(version.trim());
  const alice = await openPerson("alice");
  await alice.build(`${image}:v1`);
  // By an option, without the environment that demands it of everything.
  const pushed = await alice.run("push", "--disable-content-trust=false", `${image}:v1`);
  expect(pushed.output).toContain("Successfully signed");
  await alice.build(`${image}:v2`);
  expect((await alice.trusting("push", `${image}:v2`)).output).toContain("Successfully signed");
  expect((await alice.trusting("push", `${image}:v2`)).output).toContain("Successfully signed");
  await alice.run("tag", `${image}:v2`, `${image}:plain`);
  await alice.run("push", `${image}:plain`);

  await hub.as("alice")("PATCH /api/v1/repositories/alice/app", { visibility: "public" });
  const bob = await openPerson("bob");
  expect((await bob.trusting("pull", `${image}:v1`)).output).toMatch(/Tagging .*@sha256/);
  expect((await bob.trusting("pull", `${image}:v2`)).output).toMatch(/Tagging .*@sha256/);
  expect(await bob.refused("pull", `${image}:plain`)).toMatch(/No valid trust data|does not have/);
  // One name for the image: in the engine, in the hub, and in what is signed.
  const inspected = await bob.run("inspect", "--format", "{{json .RepoDigests}}", `${image}:v2`);
  const { body } = await hub.as("bob")("GET /api/v1/content-trust/alice/app");
  const signed = body.items[0].tags.find(({ tag }: { tag: string }) => tag === "v2").digest;
  expect(JSON.parse(inspected.stdout)).toContain(`${image}@${signed}`);
});

test("docker trust lets others sign, shows who did, and takes it back", async () => {
  const [alice, bob] = [await openPerson("alice"), await openPerson("bob")];
  const shared = `${host}/alice/shared`;
  await alice.build(`${shared}:v1`);
  await alice.trusting("push", `${shared}:v1`);
  await hub.as("alice")("PUT /api/v1/namespaces/alice/rights", {
    ...{ account: "bob", repository: "alice/shared", actions: ["pull", "push"] },
  });
  await run("docker", ["trust", "key", "generate", "bob", "--dir", bob.home], {
    env: { HOME: bob.home, DOCKER_CONFIG: bob.home, ...PASSPHRASES },
  });
  const key = join(bob.home, "bob.pub");
  await alice.run("trust", "signer", "add", "--key", key, "bob", shared);
  await bob.build(`${shared}:v2`);
  expect((await bob.run("trust", "sign", `${shared}:v2`)).output).toContain("Successfully signed");
  const inspect = async () => JSON.parse((await bob.run("trust", "inspect", shared)).stdout);
  const [shown] = await inspect();
  expect(shown.Signers.map(({ Name }: { Name: string }) => Name)).toEqual(["bob"]);
  const signersOf = (tag: string) =>
    shown.SignedTags.find(({ SignedTag }: { SignedTag: string }) => SignedTag === tag)?.Signers;
  expect(signersOf("v2")).toEqual(["bob"]);
  expect(signersOf("v1")).toEqual(["Repo Admin"]);
  await bob.run("trust", "revoke", "--yes", `${shared}:v2`);
  const [after] = await inspect();
  expect(after.SignedTags.map(({ SignedTag }: { SignedTag: string }) => SignedTag)).toEqual(["v1"]);
  expect(await alice.refused("pull", `${shared}:v2`)).toMatch(/No valid trust data/);
});
