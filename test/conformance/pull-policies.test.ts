import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseDigest } from "../../src/oci/digest.ts";
import { BUNDLE_TYPE, signStatement } from "../../src/signing/index.ts";
import { makeKey, sign as signWords } from "../../src/trust/tuf/tuf.fixture.ts";
import { seeded } from "../faults/seeded.ts";
import { buildArtifact } from "../harness/artifacts.ts";
import { done, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { withTerminal } from "../harness/hub-terminal.ts";
import { buildImage, buildIndex, content, descriptor, type Image } from "../harness/images.ts";
import type { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { TrustClient } from "../harness/signed-repository.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const OWNER = { name: "olaf", password: SENTENCE };
const READER = { name: "rita", password: SENTENCE };
const NAME = "acme/api";
const PATH = "/api/v1/pull-policies";
const PROVENANCE = "https://slsa.dev/provenance/v1";
const DAY = 86_400_000;

let now = Date.now();

async function start() {
  const hub = await withTerminal(await startAccountsHub({ clock: () => new Date(now) }));
  await hub.addUsers("olaf", "rita");
  await hub.addOrganization("acme", { olaf: "owner" });
  for (const name of [NAME, "acme/other"]) {
    await done(hub.as("olaf")("POST /api/v1/repositories", { name, visibility: "public" }));
  }
  return {
    ...hub,
    olaf: hub.as("olaf"),
    rita: hub.as("rita"),
    owner: new RegistryClient(hub.url, { user: OWNER }),
    reader: new RegistryClient(hub.url, { user: READER }),
    anybody: new RegistryClient(hub.url),
  };
}

let hub: Awaited<ReturnType<typeof start>>;
const keys = [0, 1, 2].map(() => generateKeyPairSync("ec", { namedCurve: "prime256v1" }));
const [ours, second, theirs] = keys.map(({ privateKey }) => privateKey);

beforeAll(async () => {
  hub = await start();
  for (const [index, name] of ["release", "audit"].entries()) {
    const pem = keys[index]?.publicKey.export({ type: "spki", format: "pem" });
    await done(hub.olaf("POST /api/v1/trusted-signers/acme", { name, pem }));
  }
});
afterAll(async () => {
  for (const client of [hub.owner, hub.reader, hub.anybody]) await client[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
});

type Key = typeof ours;

async function attach(
  image: Pick<Image, "manifest">,
  key: Key,
  claim?: Parameters<typeof signStatement>[2],
) {
  if (key === undefined) throw new Error("no key");
  const digest = parseDigest(image.manifest.digest);
  const bundle = Buffer.from(signStatement(key, digest, claim).json);
  const signed = buildArtifact({
    artifactType: BUNDLE_TYPE,
    subject: descriptor(image.manifest),
    layers: [content(BUNDLE_TYPE, bundle)],
  });
  await hub.owner.push(NAME, signed.manifest.digest, signed);
  return signed;
}

async function sign(...[image, key, claim]: Parameters<typeof attach>) {
  const signed = await attach(image, key, claim);
  const { digest } = image.manifest;
  for (;;) {
    const { body } = await hub.olaf(`GET /api/v1/signatures/${NAME}?reference=${digest}`);
    const found = body.signatures.find(
      (one: { digest: string }) => one.digest === signed.manifest.digest,
    );
    if (found !== undefined && found.state !== "waiting") return signed;
    await sleep(20);
  }
}

async function push(tag: string): Promise<Image> {
  const image = buildImage();
  await hub.owner.push(NAME, tag, image);
  return image;
}

const enforce = (rules: object, more: object = {}) => ({ mode: "enforce", rules, ...more });
const set = (scope: string, body: object, name = "p") =>
  done(hub.olaf(`PUT ${PATH}?scope=${scope}&name=${name}`, body));
const remove = (scope: string, name = "p") =>
  done(hub.olaf(`DELETE ${PATH}?scope=${scope}&name=${name}`));
const statusOf = async (client: RegistryClient, reference: string, name = NAME) =>
  (await client.getManifest(name, reference)).status;

const SIGNED = { signedBy: { anyOf: [{ key: "acme/release" }] } };

test("only what the right key signed is pulled, by whatever name and way, and the signer is never locked out", async () => {
  const unsigned = await push("unsigned");
  const strange = await push("strange");
  const signed = await push("signed");
  await sign(strange, theirs);
  const signature = await sign(signed, ours);
  const index = buildIndex([buildImage()]);
  await hub.owner.push(NAME, "index", index);
  await sign(index, ours);
  await set("acme", enforce(SIGNED));

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
      expect(await statusOf(client, reference), reference).toBe(403);
    }
    expect((await client.headManifest(NAME, "unsigned")).status).toBe(403);
    expect(await statusOf(client, "signed")).toBe(200);
    expect(await statusOf(client, "index")).toBe(200);
    // What a signed index lists, and what belongs to an image.
    expect(await statusOf(client, index.images[0]?.manifest.digest ?? "")).toBe(200);
    expect(await statusOf(client, signature.manifest.digest)).toBe(200);
  }
  const agent = { accept: "*/*", "user-agent": "cosign/v3 (pusher)" };
  expect((await hub.reader.getManifest(NAME, "unsigned", agent)).status).toBe(403);
  const read = await hub.owner.getManifest(NAME, "unsigned");
  expect(read.status).toBe(200);
  expect(read.headers.warning).toContain("the policy p of acme asks for");

  // Also where everybody may pull, so that nobody has to say who they are.
  await using directory = await makeTempDirectory("policies");
  const pem = keys[2]?.publicKey.export({ type: "spki", format: "pem" }).toString() ?? "";
  await writeFile(join(directory.path, "key.pub"), pem);
  const verify = `verify ${new URL(hub.url).host}/${NAME}:strange --key ${directory.path}/key.pub`;
  expect(await hub.typeAs(OWNER, verify)).toContain("signed by the key key.pub");
  expect(await hub.typeAs(READER, verify)).toContain("this image may not be pulled");

  // Another repository of the same organization is no way around it, with or without a subject that is named.
  await hub.owner.push("acme/other", "copy", unsigned);
  expect(await statusOf(hub.reader, "copy", "acme/other")).toBe(403);
  const disguised = JSON.parse(unsigned.manifest.bytes.toString());
  const bytes = Buffer.from(JSON.stringify({ ...disguised, subject: descriptor(signed.manifest) }));
  const guise = content(unsigned.manifest.mediaType, bytes);
  await hub.owner.pushManifest(NAME, "disguised", guise);
  expect(await statusOf(hub.reader, "disguised")).toBe(403);

  await hub.owner.send("DELETE", `/v2/${NAME}/manifests/${signature.manifest.digest}`);
  await expect.poll(() => statusOf(hub.reader, "signed"), { timeout: 5000 }).toBe(403);
  await sign(unsigned, ours);
  await expect.poll(() => statusOf(hub.reader, "unsigned"), { timeout: 5000 }).toBe(200);
  const reports = await done(hub.olaf(`GET ${PATH}/reports?scope=acme&name=p`));
  expect(reports.body.items[0]).toMatchObject({ policy: "p", mode: "enforce" });
  await remove("acme");
  expect(await statusOf(hub.reader, "strange")).toBe(200);
});

test("exceptions let through until they expire, with author and reason, and modes say or refuse", async () => {
  const image = await push("excepted");
  const { digest } = image.manifest;
  await set(NAME, enforce(SIGNED));
  expect(await statusOf(hub.reader, "excepted")).toBe(403);
  const said = await hub.typeAs(
    OWNER,
    `policy except ${NAME} p ${NAME}:excepted --reason urgent --days 2`,
  );
  expect(said).toContain("until");
  expect(await statusOf(hub.reader, "excepted")).toBe(200);
  expect(await hub.typeAs(OWNER, `policy exceptions ${NAME} p`)).toMatch(/olaf +urgent/);
  const explained = await hub.typeAs(READER, `policy explain ${NAME}:excepted`);
  expect(explained).toContain(`${NAME}@${digest}: allowed`);
  expect(explained).toContain("let through: urgent (olaf, until");
  now += 3 * DAY;
  expect(await statusOf(hub.reader, "excepted")).toBe(403);
  expect(await hub.typeAs(READER, `policy explain ${NAME}:excepted`)).toContain(": refused");

  await set(NAME, { mode: "warn", rules: SIGNED });
  const warned = await hub.reader.getManifest(NAME, "excepted");
  expect(warned.status).toBe(200);
  expect(warned.headers.warning).toContain("asks for signed by the key acme/release");
  await set(NAME, { mode: "report", rules: SIGNED });
  const reported = await hub.reader.getManifest(NAME, "excepted");
  expect([reported.status, reported.headers.warning]).toEqual([200, undefined]);
  const audit = await done(hub.root("GET /api/v1/audit?limit=200"));
  const actions = audit.body.items.map(({ action }: { action: string }) => action);
  expect(actions).toEqual(expect.arrayContaining(["pull.policy.set", "pull.policy.except"]));
  await remove(NAME);
});

test("a policy of the hub holds in repositories that fit its pattern, and for nobody who merely owns one", async () => {
  await push("everywhere");
  await hub.owner.push("acme/other", "everywhere", buildImage());
  const change = (body?: object) =>
    done(hub.root(`${body ? "PUT" : "DELETE"} ${PATH}?scope=hub&name=all`, body));
  await change(enforce(SIGNED, { pattern: "acme/a*" }));
  expect(await statusOf(hub.reader, "everywhere")).toBe(403);
  expect(await statusOf(hub.reader, "everywhere", "acme/other")).toBe(200);
  expect(await statusOf(hub.owner, "everywhere")).toBe(200);
  expect((await hub.olaf(`DELETE ${PATH}?scope=hub&name=all`)).status).toBe(403);
  expect(await statusOf(hub.reader, "everywhere")).toBe(403);
  await change();
  expect(await statusOf(hub.reader, "everywhere")).toBe(200);
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

/** As a scan would leave it. */
function scan(
  image: Image,
  findings: readonly { id: string; severity: string; fixed: boolean; exploited?: boolean }[],
  flaws: readonly { id: string }[] = [],
) {
  const database = new DatabaseSync(join(hub.dataDirectory, "berth.db"));
  const known = findings.map(({ id, severity, fixed, exploited = false }) => ({
    ...{ id, severity, fixedVersion: fixed ? "2" : null, isKnownExploited: exploited },
  }));
  const result = Buffer.from(JSON.stringify({ findings: known, flaws }));
  database
    .prepare(
      "insert into scans (digest, state, analyser_version, advisories, result, attempts, due_at, scanned_at) values (?, 'done', 1, '', ?, 0, 0, 0)",
    )
    .run(image.manifest.digest, gzipSync(result));
  database.close();
}

test("what a scan says of exploits, ages and the end of a distribution is what policies ask for", async () => {
  const [exploited, dated, ended, clean] = await Promise.all(
    ["exploited", "dated", "ended", "clean"].map(push),
  );
  if (!exploited || !dated || !ended || !clean) throw new Error("not pushed");
  const high = { id: "CVE-7", severity: "high", fixed: true };
  scan(exploited, [{ ...high, exploited: true }]);
  scan(dated, [high]);
  scan(ended, [], [{ id: "distribution-end-of-life" }]);
  scan(clean, []);
  const database = new DatabaseSync(join(hub.dataDirectory, "berth.db"));
  database
    .prepare(
      "insert into findings (scan_id, vulnerability, package_id, severity, fixed_version, found_at) select id, 'CVE-7', 1, 'high', '2', ? from scans where digest = ?",
    )
    .run(now - 20 * DAY, dated.manifest.digest);
  database.close();
  const refused = async (rules: object) => {
    await set(NAME, enforce(rules), "s");
    const images = { exploited, dated, ended, clean };
    const statuses = Object.entries(images).map(async ([name, { manifest }]) =>
      (await statusOf(hub.reader, manifest.digest)) === 403 ? [name] : [],
    );
    return (await Promise.all(statuses)).flat();
  };
  expect(await refused({ vulnerabilities: { knownExploited: true } })).toEqual(["exploited"]);
  expect(await refused({ vulnerabilities: { olderThanDays: 14 } })).toEqual(["dated"]);
  expect(await refused({ vulnerabilities: { olderThanDays: 21 } })).toEqual([]);
  expect(await refused({ notEndOfLife: true })).toEqual(["ended"]);
  await remove(NAME, "s");
});

/** Images in all mixtures of what is known of them. */
async function pushMixture(random: Randomness): Promise<readonly Image[]> {
  const isHeads = () => random.below(2) === 0;
  const images: Image[] = [];
  for (let number = 0; number < 10; number += 1) {
    const image = await push(`${number % 2 === 0 ? "v" : "dev"}${number}`);
    images.push(image);
    for (const key of [ours, second, theirs].filter(isHeads)) await sign(image, key);
    const by = isHeads() ? "ci" : "me";
    if (isHeads()) await sign(image, ours, { predicateType: PROVENANCE, predicate: { by } });
    const severity = ["critical", "high", "low"][random.below(3)] ?? "low";
    const findings = [{ id: `CVE-${number}`, severity, fixed: isHeads() }].filter(isHeads);
    // The first one is not scanned.
    if (number > 0) scan(image, findings);
  }
  return images;
}

async function listRefused(images: readonly Image[]): Promise<readonly string[]> {
  const refused: string[] = [];
  for (const { manifest } of images) {
    if ((await statusOf(hub.reader, manifest.digest)) === 403) refused.push(manifest.digest);
  }
  return refused.sort();
}

test("a simulation refuses what the policy then refuses, whatever it asks for", async () => {
  const images = await pushMixture(seeded());
  for (const { manifest } of images) await hub.reader.getManifest(NAME, manifest.digest);
  const both = [{ key: "acme/release" }, { key: "acme/audit" }];
  const where = [{ path: "by", equals: "ci" }];
  const policies = [
    SIGNED,
    { signedBy: { anyOf: both, atLeast: 2 } },
    { signedBy: { anyOf: both } },
    { attestations: [{ type: PROVENANCE, anyOf: both, where }] },
    { vulnerabilities: { severity: "high" } },
    { vulnerabilities: { severity: "high", onlyFixable: true }, ...SIGNED },
  ];
  const own = new Set(images.map(({ manifest }) => manifest.digest));
  const trials = policies.flatMap((rules) => [enforce(rules), enforce(rules, { tags: ["v*"] })]);
  for (const body of trials) {
    const path = `POST ${PATH}/simulations?scope=${NAME}&name=q`;
    const { body: tried } = await done(hub.olaf(path, body));
    const digests = tried.refused.map(({ digest }: { digest: string }) => digest);
    const simulated = digests.filter((digest: string) => own.has(digest)).sort();
    await set(NAME, body, "q");
    expect(simulated, JSON.stringify(body)).toEqual(await listRefused(images));
  }
  expect(await hub.typeAs(OWNER, `policy show ${NAME}`)).toContain(`q of ${NAME}: enforce`);
  const typed = `policy simulate ${NAME} q --signed-by acme/release`;
  expect(await hub.typeAs(OWNER, typed)).toMatch(/^\d+ of \d+ pulls, \d+ of \d+ images/);
  await remove(NAME, "q");
});

/** Rows as thousands of requests would leave them. */
function write(statement: string, rows: readonly (readonly (string | number)[])[]): void {
  const database = new DatabaseSync(join(hub.dataDirectory, "berth.db"));
  try {
    const prepared = database.prepare(statement);
    database.exec("begin immediate");
    for (const row of rows) prepared.run(...row);
    database.exec("commit");
  } finally {
    database.close();
  }
}

const fakeDigest = (number: number) => `sha256:${String(number).padStart(64, "0")}`;
const MANY = Array.from({ length: 1200 }, (_, number) => number);

test("however much is piled up before what decides, it is found: tags, indexes, signatures, exceptions", async () => {
  const image = await push("piled");
  const { digest } = image.manifest;
  const row = "select repository_id, id from manifests where digest = ?";
  write(
    `insert into tags (repository_id, name, manifest_id, updated_at) select repository_id, ?, id, 0 from (${row})`,
    MANY.map((number) => [`a${number}`, digest]),
  );
  await set(NAME, enforce(SIGNED, { tags: ["piled"] }), "late");
  expect(await statusOf(hub.reader, digest)).toBe(403);
  await set(NAME, enforce(SIGNED, { tags: ["other"] }), "late");
  expect(await statusOf(hub.reader, digest)).toBe(200);

  // Indexes that nobody signed, before the one that somebody did.
  const fakes = MANY.slice(0, 150).map((number) => [fakeDigest(number), digest]);
  write(
    `insert into manifests (repository_id, digest, media_type, size, payload, pushed_at) select repository_id, ?, '', 0, '', 0 from (${row})`,
    fakes,
  );
  write(
    "insert into manifest_references (manifest_id, repository_id, kind, digest) select id, repository_id, 'child', ?2 from manifests where digest = ?1",
    fakes,
  );
  const index = buildIndex([image]);
  await hub.owner.push(NAME, "pile", index);
  await set(NAME, enforce(SIGNED, { tags: ["pile"] }), "late");
  expect(await statusOf(hub.reader, digest)).toBe(403);
  write(
    `insert into signatures (repository_id, manifest_id, entry, subject, format, state, reason, trust_revision) select repository_id, id, ?, ?2, 'bundle', 'untrusted', 'r' || ?1, 1e15 from (${row.replace("?", "?2")})`,
    MANY.map((number) => [number, index.manifest.digest]),
  );
  const excepted = await done(
    hub.olaf(`POST ${PATH}/exceptions?scope=${NAME}&name=late`, {
      ...{ repository: NAME, reference: digest, reason: "piled up", expiresInDays: 1 },
    }),
  );
  write(
    "insert into pull_exceptions (policy_id, repository_id, digest, reason, author, created_at, expires_at) select policy_id, repository_id, ?, 'old', 'olaf', 0, 1 from pull_exceptions where reason = 'piled up'",
    MANY.map(() => [digest]),
  );
  expect(await statusOf(hub.reader, digest)).toBe(200);
  const end = `DELETE ${PATH}/exceptions?scope=${NAME}&name=late&id=${excepted.body.id}`;
  await done(hub.olaf(end));
  expect(await statusOf(hub.reader, digest)).toBe(403);
  await attach(index, ours);
  await expect.poll(() => statusOf(hub.reader, digest), { timeout: 5000 }).toBe(200);
  await remove(NAME, "late");
});

test("a simulation of many pulls holds nobody up, and only so many wait for their turn", async () => {
  write(
    "insert into pull_hours (hour, namespace_id, repository, visibility, account, credential, address, tag, digest, checks, pulls) values (?, null, ?, 'public', 'rita', '', '', '', ?, 0, 1)",
    MANY.slice(0, 300).map((number) => [now, NAME, fakeDigest(10_000 + number)]),
  );
  const path = `POST ${PATH}/simulations?scope=${NAME}&name=q`;
  let isOver = false;
  const tries = MANY.slice(0, 14).map(() => hub.olaf(path, enforce(SIGNED)));
  const all = Promise.all(tries).finally(() => {
    isOver = true;
  });
  let answers = 0;
  for (; !isOver; answers += 1) await hub.anybody.send("GET", "/v2/");
  expect(answers).toBeGreaterThan(10);
  const statuses = (await all).map(({ status }) => status);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(10);
  expect(statuses).toContain(429);
});

test("images are built on bases of this hub by their layers, and not by what they say of themselves", async () => {
  const base = buildImage({ layers: [Buffer.from("base")] });
  await hub.owner.push("acme/other", "12", base);
  const built = buildImage({ layers: [Buffer.from("base"), Buffer.from("app")] });
  const foreign = buildImage({ layers: [Buffer.from("app")] });
  await hub.owner.push(NAME, "built", built);
  await hub.owner.push(NAME, "foreign", foreign);
  await set(NAME, enforce({ baseImages: ["acme/other:1*"] }));
  expect(await statusOf(hub.reader, "built")).toBe(200);
  expect(await statusOf(hub.reader, "foreign")).toBe(403);
  await remove(NAME);
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
  const image = await push("notarised");
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
    set(NAME, enforce({ signedBy: { anyOf: [rule], atLeast } }), "notary");
  const status = () => statusOf(hub.reader, "notarised");
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
  await remove(NAME, "notary");
});
