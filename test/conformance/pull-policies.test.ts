import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeKey, sign as signWords } from "../../src/trust/tuf/tuf.fixture.ts";
import { done } from "../harness/hub-api.ts";
import {
  buildImage,
  buildIndex,
  content,
  descriptor,
  json,
  randomLayer,
} from "../harness/images.ts";
import { TrustClient } from "../harness/signed-repository.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";
import {
  DAY,
  enforce,
  fakeDigest,
  NAME,
  OWNER,
  ours,
  POLICIES,
  type PolicyHub,
  READER,
  SIGNED,
  startPolicyHub,
  theirs,
} from "./policy-hub.ts";

const PATH = POLICIES;

let hub: PolicyHub;
beforeAll(async () => {
  hub = await startPolicyHub();
});
afterAll(() => hub[Symbol.asyncDispose]());

test("only what the right key signed is pulled, by whatever name and way, and the signer is never locked out", async () => {
  const unsigned = await hub.pushImage("unsigned");
  const strange = await hub.pushImage("strange");
  const signed = await hub.pushImage("signed");
  await hub.sign(strange, theirs);
  const signature = await hub.sign(signed, ours);
  const index = buildIndex([buildImage()]);
  await hub.owner.push(NAME, "index", index);
  await hub.sign(index, ours);
  await hub.setPolicy("acme", enforce(SIGNED));

  const refused = await hub.reader.getManifest(NAME, "unsigned");
  expect(refused.status).toBe(403);
  const [error] = JSON.parse(refused.body.toString()).errors;
  expect(error.code).toBe("DENIED");
  expect(error.message).toContain(
    "the policy p of acme asks for signed by the key acme/release (there is: no signature)",
  );
  expect(error.message).toContain(`berth policy explain ${NAME}@${unsigned.manifest.digest}`);
  for (const client of [hub.reader, hub.anybody]) {
    for (const reference of ["unsigned", unsigned.manifest.digest, "strange"]) {
      expect(await hub.statusOf(client, reference), reference).toBe(403);
    }
    expect((await client.headManifest(NAME, "unsigned")).status).toBe(403);
    expect(await hub.statusOf(client, "signed")).toBe(200);
    expect(await hub.statusOf(client, "index")).toBe(200);
    // What a signed index lists, and what belongs to an image.
    expect(await hub.statusOf(client, index.images[0]?.manifest.digest ?? "")).toBe(200);
    expect(await hub.statusOf(client, signature.manifest.digest)).toBe(200);
  }
  const agent = { accept: "*/*", "user-agent": "cosign/v3 (pusher)" };
  expect((await hub.reader.getManifest(NAME, "unsigned", agent)).status).toBe(403);
  const read = await hub.owner.getManifest(NAME, "unsigned");
  expect(read.status).toBe(200);
  expect(read.headers.warning).toContain("the policy p of acme asks for");

  // Also where everybody may pull, so that nobody has to say who they are.
  await using directory = await makeTempDirectory("policies");
  const pem = theirs.publicKey.export({ type: "spki", format: "pem" }).toString() ?? "";
  await writeFile(join(directory.path, "key.pub"), pem);
  const verify = `verify ${new URL(hub.url).host}/${NAME}:strange --key ${directory.path}/key.pub`;
  expect(await hub.typeAs(OWNER, verify)).toContain("signed by the key key.pub");
  expect(await hub.typeAs(READER, verify)).toContain("this image may not be pulled");

  // Another repository of the same organization is no way around it, with or without a subject that is named.
  await hub.owner.push("acme/other", "copy", unsigned);
  expect(await hub.statusOf(hub.reader, "copy", "acme/other")).toBe(403);
  const disguised = JSON.parse(unsigned.manifest.bytes.toString());
  const bytes = Buffer.from(JSON.stringify({ ...disguised, subject: descriptor(signed.manifest) }));
  const guise = content(unsigned.manifest.mediaType, bytes);
  await hub.owner.pushManifest(NAME, "disguised", guise);
  expect(await hub.statusOf(hub.reader, "disguised")).toBe(403);

  // An image whose layer is called a signature, as podman runs it, and a signature that is one, as cosign makes them.
  const named = async (reference: string, bytes: Buffer) => {
    const layer = content("application/vnd.dev.cosign.simplesigning.v1+json", bytes);
    const subject = descriptor(signed.manifest);
    const manifest = json(unsigned.manifest.mediaType, {
      ...{ ...disguised, layers: [descriptor(layer)], subject },
    });
    await hub.owner.push(NAME, reference, { ...unsigned, layers: [layer], manifest });
    return await hub.statusOf(hub.reader, reference);
  };
  expect(await named("called-so", randomLayer())).toBe(403);
  expect(await named("is-one", Buffer.from(JSON.stringify({ critical: {} })))).toBe(200);

  await hub.owner.send("DELETE", `/v2/${NAME}/manifests/${signature.manifest.digest}`);
  await expect.poll(() => hub.statusOf(hub.reader, "signed"), { timeout: 5000 }).toBe(403);
  await hub.sign(unsigned, ours);
  await expect.poll(() => hub.statusOf(hub.reader, "unsigned"), { timeout: 5000 }).toBe(200);
  const reports = await done(hub.olaf(`GET ${PATH}/reports?scope=acme&name=p`));
  expect(reports.body.items[0]).toMatchObject({ policy: "p", mode: "enforce" });
  await hub.removePolicy("acme");
  expect(await hub.statusOf(hub.reader, "strange")).toBe(200);
});

test("exceptions let through until they expire, with author and reason, and modes say or refuse", async () => {
  const image = await hub.pushImage("excepted");
  const { digest } = image.manifest;
  await hub.setPolicy(NAME, enforce(SIGNED));
  expect(await hub.statusOf(hub.reader, "excepted")).toBe(403);
  const said = await hub.typeAs(
    OWNER,
    `policy except ${NAME} p ${NAME}:excepted --reason urgent --days 2`,
  );
  expect(said).toContain("until");
  expect(await hub.statusOf(hub.reader, "excepted")).toBe(200);
  expect(await hub.typeAs(OWNER, `policy exceptions ${NAME} p`)).toMatch(/olaf +urgent/);
  const explained = await hub.typeAs(READER, `policy explain ${NAME}:excepted`);
  expect(explained).toContain(`${NAME}@${digest}: allowed`);
  expect(explained).toContain("let through: urgent (olaf, until");
  hub.clock.now += 3 * DAY;
  expect(await hub.statusOf(hub.reader, "excepted")).toBe(403);
  expect(await hub.typeAs(READER, `policy explain ${NAME}:excepted`)).toContain(": refused");

  await hub.setPolicy(NAME, { mode: "warn", rules: SIGNED });
  const warned = await hub.reader.getManifest(NAME, "excepted");
  expect(warned.status).toBe(200);
  expect(warned.headers.warning).toContain("asks for signed by the key acme/release");
  await hub.setPolicy(NAME, { mode: "report", rules: SIGNED });
  const reported = await hub.reader.getManifest(NAME, "excepted");
  expect([reported.status, reported.headers.warning]).toEqual([200, undefined]);
  const audit = await done(hub.root("GET /api/v1/audit?limit=200"));
  const actions = audit.body.items.map(({ action }: { action: string }) => action);
  expect(actions).toEqual(expect.arrayContaining(["pull.policy.set", "pull.policy.except"]));
  await hub.removePolicy(NAME);
});

test("a policy of the hub holds in repositories that fit its pattern, and for nobody who merely owns one", async () => {
  await hub.pushImage("everywhere");
  await hub.owner.push("acme/other", "everywhere", buildImage());
  const change = (body?: object) =>
    done(hub.root(`${body ? "PUT" : "DELETE"} ${PATH}?scope=hub&name=all`, body));
  await change(enforce(SIGNED, { pattern: "acme/a*" }));
  expect(await hub.statusOf(hub.reader, "everywhere")).toBe(403);
  expect(await hub.statusOf(hub.reader, "everywhere", "acme/other")).toBe(200);
  expect(await hub.statusOf(hub.owner, "everywhere")).toBe(200);
  expect((await hub.olaf(`DELETE ${PATH}?scope=hub&name=all`)).status).toBe(403);
  expect(await hub.statusOf(hub.reader, "everywhere")).toBe(403);
  await change();
  expect(await hub.statusOf(hub.reader, "everywhere")).toBe(200);
});

test("those who do not manage a place neither set its policies nor except from them", async () => {
  const body = enforce(SIGNED);
  for (const scope of ["hub", "acme", NAME]) {
    const { status } = await hub.rita(`PUT ${PATH}?scope=${scope}&name=x`, body);
    expect([403, 404], scope).toContain(status);
  }
  expect((await hub.olaf(`PUT ${PATH}?scope=hub&name=x`, body)).status).toBe(403);
  const nothing = await hub.olaf(`PUT ${PATH}?scope=acme&name=x`, enforce({}));
  expect(nothing.status).toBe(400);
});

test("what a scan says of exploits, ages and the end of a distribution is what policies ask for", async () => {
  const [exploited, dated, ended, clean] = await Promise.all(
    ["exploited", "dated", "ended", "clean"].map((name) => hub.pushImage(name)),
  );
  if (!exploited || !dated || !ended || !clean) throw new Error("not pushed");
  const high = { id: "CVE-7", severity: "high", fixed: true };
  hub.scan(exploited, [{ ...high, exploited: true }]);
  hub.scan(dated, [high]);
  hub.scan(ended, [], [{ id: "distribution-end-of-life" }]);
  hub.scan(clean, []);
  hub.write(
    "insert into findings (scan_id, vulnerability, package_id, severity, fixed_version, found_at) select id, 'CVE-7', 1, 'high', '2', ? from scans where digest = ?",
    [[hub.clock.now - 20 * DAY, dated.manifest.digest]],
  );
  const refused = async (rules: object) => {
    await hub.setPolicy(NAME, enforce(rules), "s");
    const images = { exploited, dated, ended, clean };
    const statuses = Object.entries(images).map(async ([name, { manifest }]) =>
      (await hub.statusOf(hub.reader, manifest.digest)) === 403 ? [name] : [],
    );
    return (await Promise.all(statuses)).flat();
  };
  expect(await refused({ vulnerabilities: { knownExploited: true } })).toEqual(["exploited"]);
  expect(await refused({ vulnerabilities: { olderThanDays: 14 } })).toEqual(["dated"]);
  expect(await refused({ vulnerabilities: { olderThanDays: 21 } })).toEqual([]);
  expect(await refused({ notEndOfLife: true })).toEqual(["ended"]);
  await hub.removePolicy(NAME, "s");
});

const MANY = Array.from({ length: 1200 }, (_, number) => number);

test("however much is piled up before what decides, it is found: tags, indexes, signatures, exceptions", async () => {
  const image = await hub.pushImage("piled");
  const { digest } = image.manifest;
  const row = "select repository_id, id from manifests where digest = ?";
  hub.write(
    `insert into tags (repository_id, name, manifest_id, updated_at) select repository_id, ?, id, 0 from (${row})`,
    MANY.map((number) => [`a${number}`, digest]),
  );
  await hub.setPolicy(NAME, enforce(SIGNED, { tags: ["piled"] }), "late");
  expect(await hub.statusOf(hub.reader, digest)).toBe(403);
  await hub.setPolicy(NAME, enforce(SIGNED, { tags: ["other"] }), "late");
  expect(await hub.statusOf(hub.reader, digest)).toBe(200);

  // Indexes that nobody signed, before the one that somebody did.
  const fakes = MANY.slice(0, 150).map((number) => [fakeDigest(number), digest]);
  hub.write(
    `insert into manifests (repository_id, digest, media_type, size, payload, pushed_at) select repository_id, ?, '', 0, '', 0 from (${row})`,
    fakes,
  );
  hub.write(
    "insert into manifest_references (manifest_id, repository_id, kind, digest) select id, repository_id, 'child', ?2 from manifests where digest = ?1",
    fakes,
  );
  const index = buildIndex([image]);
  await hub.owner.push(NAME, "pile", index);
  await hub.setPolicy(NAME, enforce(SIGNED, { tags: ["pile"] }), "late");
  expect(await hub.statusOf(hub.reader, digest)).toBe(403);
  hub.write(
    `insert into signatures (repository_id, manifest_id, entry, subject, format, state, reason, trust_revision) select repository_id, id, ?, ?2, 'bundle', 'untrusted', 'r' || ?1, 1e15 from (${row.replace("?", "?2")})`,
    MANY.map((number) => [number, index.manifest.digest]),
  );
  const excepted = await done(
    hub.olaf(`POST ${PATH}/exceptions?scope=${NAME}&name=late`, {
      ...{ repository: NAME, reference: digest, reason: "piled up", expiresInDays: 1 },
    }),
  );
  hub.write(
    "insert into pull_exceptions (policy_id, repository_id, digest, reason, author, created_at, expires_at) select policy_id, repository_id, ?, 'old', 'olaf', 0, 1 from pull_exceptions where reason = 'piled up'",
    MANY.map(() => [digest]),
  );
  expect(await hub.statusOf(hub.reader, digest)).toBe(200);
  const end = `DELETE ${PATH}/exceptions?scope=${NAME}&name=late&id=${excepted.body.id}`;
  await done(hub.olaf(end));
  expect(await hub.statusOf(hub.reader, digest)).toBe(403);
  await hub.attach(index, ours);
  await expect.poll(() => hub.statusOf(hub.reader, digest), { timeout: 5000 }).toBe(200);
  await hub.removePolicy(NAME, "late");
});

test("images are built on bases of this hub by their layers, and not by what they say of themselves", async () => {
  const base = buildImage({ layers: [Buffer.from("base")] });
  await hub.owner.push("acme/other", "12", base);
  const built = buildImage({ layers: [Buffer.from("base"), Buffer.from("app")] });
  const foreign = buildImage({ layers: [Buffer.from("app")] });
  await hub.owner.push(NAME, "built", built);
  await hub.owner.push(NAME, "foreign", foreign);
  await hub.setPolicy(NAME, enforce({ baseImages: ["acme/other:1*"] }));
  expect(await hub.statusOf(hub.reader, "built")).toBe(200);
  expect(await hub.statusOf(hub.reader, "foreign")).toBe(403);
  await hub.removePolicy(NAME);
});

test("a policy tells nobody what lies in repositories that they may not pull", async () => {
  await done(hub.rita("POST /api/v1/repositories", { name: "rita/secret", visibility: "private" }));
  const body = enforce({ baseImages: ["rita/secret:*"] });
  for (const path of [`PUT ${PATH}`, `POST ${PATH}/simulations`]) {
    const refused = await hub.olaf(`${path}?scope=${NAME}&name=b`, body);
    expect(refused.status).toBe(400);
    expect(refused.body.detail).toContain("no repository rita/secret here");
  }
});

test("what Notary's roles signed counts for policies that name them, is shown, and ends with the word of whoever is above", async () => {
  const image = await hub.pushImage("notarised");
  const { digest } = image.manifest;
  const host = new URL(hub.url).host;
  const authorization = `Basic ${Buffer.from(`${OWNER.name}:${OWNER.password}`).toString("base64")}`;
  const notary = new TrustClient({ url: hub.url, gun: `${host}/${NAME}` }, { authorization });
  const own = await notary.initialise();
  const bob = makeKey();
  for (const role of ["targets/bob", "targets/releases"]) own.addDelegation(role, bob);
  own.targets.version = 2;
  const target = {
    length: image.manifest.bytes.length,
    hashes: { sha256: Buffer.from(digest.slice("sha256:".length), "hex").toString("base64") },
  };
  const words = { _type: "Targets", version: 1, expires: "2035-01-01T00:00:00Z" };
  const bobs = signWords({ ...words, targets: { notarised: target } }, bob);
  const published = await notary.publish({
    targets: own.signTargets(),
    "targets/bob": bobs,
    "targets/releases": bobs,
  });
  expect(published.status).toBe(200);
  const asks = (rule: object, atLeast = 1) =>
    hub.setPolicy(NAME, enforce({ signedBy: { anyOf: [rule], atLeast } }), "notary");
  const status = () => hub.statusOf(hub.reader, "notarised");
  await asks({ notary: "targets/releases" });
  expect(await status()).toBe(200);
  await asks({ notary: "targets/*", keyId: bob.key.id });
  expect(await status()).toBe(200);
  await asks({ notary: "targets/*", keyId: own.keys.root.key.id });
  expect(await status()).toBe(200);
  await asks({ notary: "targets/*" }, 2);
  // One key is one signer, in however many roles.
  expect(await status()).toBe(403);
  await asks({ notary: "targets" });
  expect(await status()).toBe(403);
  await asks({ notary: "targets/releases", keyId: makeKey().key.id });
  expect(await status()).toBe(403);
  const explained = await hub.typeAs(READER, `policy explain ${NAME}:notarised`);
  expect(explained).toContain("targets/releases of Notary with the key");
  expect(explained).toContain("targets/bob of Notary");

  const verified = await hub.typeAs(READER, `verify ${host}/${NAME}:notarised`);
  expect(verified).toContain(`${host}/${NAME}@${digest}: signed by targets/bob of ${notary.gun} (`);
  const { body } = await hub.rita(`GET /api/v1/provenance/${NAME}?reference=notarised`);
  expect(body.claims).toContainEqual(
    expect.objectContaining({
      ...{ source: "notary", state: "verified", subject: digest },
      signer: expect.objectContaining({ kind: "notary", role: "targets/releases" }),
    }),
  );
  const typed = `policy set ${NAME} notary --mode enforce --signed-by`;
  await hub.runAs(OWNER, [...typed.split(" "), `notary:targets/bob ${bob.key.id}`]);
  expect(await status()).toBe(200);
  own.targets.version = 3;
  own.targets.delegations = { keys: {}, roles: [] };
  expect((await notary.publish({ targets: own.signTargets() })).status).toBe(200);
  await expect.poll(status, { timeout: 5000 }).toBe(403);
  await hub.removePolicy(NAME, "notary");
});
