import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { generateKeyFiles } from "../../src/signing/index.ts";
import { ROOT } from "../harness/hub-api.ts";
import { startWithTerminal } from "../harness/hub-terminal.ts";
import { buildImage, digestOf } from "../harness/images.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

test("an image is signed, attested and verified without cosign, also offline, and a stranger's signature is none", async () => {
  await using hub = await startWithTerminal();
  await using directory = await makeTempDirectory("signing");
  const client = new RegistryClient(hub.url, { user: ROOT });
  await hub.addOrganization("acme");
  const image = buildImage();
  const { digest } = image.manifest;
  await client.push("acme/api", "1.0", image);
  const at = (name: string) => join(directory.path, name);
  const name = `${new URL(hub.url).host}/acme/api:1.0`;

  const generate = `keys generate --output ${at("ours")}`;
  expect(await hub.typeAlone(generate, "horse\n")).toContain("ours.pub");
  expect((await stat(at("ours.key"))).mode & 0o777).toBe(0o600);
  expect(await hub.typeAlone(generate, "horse\n")).toContain("it is there already");
  await writeFile(at("theirs.pub"), (await generateKeyFiles("")).publicKey);

  expect(await hub.type(`verify ${name} --key ${at("ours.pub")}`)).toContain(
    "nothing is attached to it",
  );
  expect(await hub.type(`sign ${name} --key ${at("ours.key")}`, "wrong\n")).toContain(
    "passphrase does not open",
  );
  expect(await hub.type(`sign ${name} --key ${at("ours.key")} --simple`, "horse\n")).toBe(
    `${name.replace(":1.0", "")}@${digest}: signed`,
  );
  expect(await hub.type(`verify ${name} --key ${at("ours.pub")}`)).toBe(
    `${name.replace(":1.0", "")}@${digest}: signed by the key ours.pub`,
  );
  const stranger = await hub.runAs(ROOT, ["verify", name, "--key", at("theirs.pub")]);
  expect(stranger.exitCode).toBe(1);
  expect(stranger.output).toContain("not signed by anybody who is trusted here");

  await writeFile(at("claim.json"), '{"buildDefinition":{}}');
  const attest = `attest ${name} --key ${at("ours.key")} --predicate ${at("claim.json")} --type slsaprovenance1`;
  expect(await hub.type(attest, "horse\n")).toContain("attested https://slsa.dev/provenance/v1");
  expect(await hub.type(`verify ${name} --key ${at("ours.pub")} --type slsaprovenance1`)).toContain(
    "attested by the key ours.pub",
  );
  expect(await hub.type(`verify ${name} --key ${at("ours.pub")} --type spdx`)).toContain(
    "not attested",
  );
  expect(await hub.type(`verify ${name}`)).toContain("not signed by anybody who is trusted");
  expect(await hub.type(`keys add ours ${at("ours.pub")}`)).toBe("ours is trusted");
  expect(await hub.type("keys list")).toMatch(/ours +key/);
  expect(await hub.type(`keys add ours ${at("ours.key")}`)).toContain("private key");
  expect(await hub.type("keys remove ours")).toBe("ours is trusted no more");

  await writeLayout({ client, repository: "acme/api", digest, directory: at("layout") });
  const offline = `verify acme/api:1.0 --layout ${at("layout")} --key ${at("ours.pub")}`;
  expect(await hub.type(offline)).toBe(`acme/api@${digest}: signed by the key ours.pub`);
  const manifest = join(at("layout"), "blobs/sha256", digest.slice(7));
  await chmod(manifest, 0o600);
  await writeFile(manifest, (await readFile(manifest)).subarray(1));
  expect(await hub.type(offline)).toContain("holds something else than its name says");
});

/** The image with its referrers and its tag of signatures, as tools of OCI copy them. */
async function writeLayout(wish: {
  client: RegistryClient;
  repository: string;
  digest: string;
  directory: string;
}) {
  const { client, repository, digest, directory } = wish;
  await mkdir(join(directory, "blobs/sha256"), { recursive: true });
  const keep = async (bytes: Buffer) => {
    const hex = createHash("sha256").update(bytes).digest("hex");
    await writeFile(join(directory, "blobs/sha256", hex), bytes);
  };
  const listed = await client.get(`/v2/${repository}/referrers/${digest}`);
  const { manifests } = JSON.parse(listed.body.toString());
  const tagged = `sha256-${digest.slice(7)}.sig`;
  const children = [];
  for (const reference of [
    digest,
    tagged,
    ...manifests.map((one: { digest: string }) => one.digest),
  ]) {
    const { body, headers } = await client.getManifest(repository, reference);
    await keep(body);
    const named = { "org.opencontainers.image.ref.name": reference === digest ? "1.0" : reference };
    children.push({
      ...{ mediaType: headers["content-type"], digest: digestOf(body), size: body.length },
      ...(reference.startsWith("sha256:") && reference !== digest ? {} : { annotations: named }),
    });
    for (const { digest: layer } of JSON.parse(body.toString()).layers ?? []) {
      if (reference !== digest) await keep((await client.getBlob(repository, layer)).body);
    }
  }
  const index = { schemaVersion: 2, manifests: children };
  await writeFile(join(directory, "index.json"), JSON.stringify(index));
  await writeFile(join(directory, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
}
