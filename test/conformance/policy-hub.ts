import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { parseDigest } from "../../src/oci/digest.ts";
import { BUNDLE_TYPE, signStatement } from "../../src/signing/index.ts";
import { buildArtifact } from "../harness/artifacts.ts";
import { done, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { withTerminal } from "../harness/hub-terminal.ts";
import { buildImage, content, descriptor, type Image } from "../harness/images.ts";
import { RegistryClient } from "../harness/registry-client.ts";

export const OWNER = { name: "olaf", password: SENTENCE };
export const READER = { name: "rita", password: SENTENCE };
export const NAME = "acme/api";
export const POLICIES = "/api/v1/pull-policies";
export const PROVENANCE = "https://slsa.dev/provenance/v1";
export const DAY = 86_400_000;
export const SIGNED = { signedBy: { anyOf: [{ key: "acme/release" }] } };

const makeKeys = () => generateKeyPairSync("ec", { namedCurve: "prime256v1" });
/** The first two are trusted in acme, as release and audit. */
export const [ours, second, theirs] = [makeKeys(), makeKeys(), makeKeys()];

export const enforce = (rules: object, more: object = {}) => ({ mode: "enforce", rules, ...more });
export const fakeDigest = (number: number) => `sha256:${String(number).padStart(64, "0")}`;

export interface KnownFinding {
  readonly id: string;
  readonly severity: string;
  readonly fixed: boolean;
  readonly exploited?: boolean;
}

export type PolicyHub = Awaited<ReturnType<typeof startPolicyHub>>;

/** A hub with an organization whose owner is olaf, and where rita may only pull, with keys to sign with. */
export async function startPolicyHub() {
  const clock = { now: Date.now() };
  const hub = await withTerminal(await startAccountsHub({ clock: () => new Date(clock.now) }));
  await hub.addUsers("olaf", "rita");
  await hub.addOrganization("acme", { olaf: "owner" });
  const olaf = hub.as("olaf");
  for (const name of [NAME, "acme/other"]) {
    await done(olaf("POST /api/v1/repositories", { name, visibility: "public" }));
  }
  for (const [name, { publicKey }] of Object.entries({ release: ours, audit: second })) {
    const pem = publicKey.export({ type: "spki", format: "pem" });
    await done(olaf("POST /api/v1/trusted-signers/acme", { name, pem }));
  }
  const owner = new RegistryClient(hub.url, { user: OWNER });
  const reader = new RegistryClient(hub.url, { user: READER });
  const anybody = new RegistryClient(hub.url);
  const addressOf = (scope: string, name: string) => `${POLICIES}?scope=${scope}&name=${name}`;
  return {
    ...{ ...hub, clock, olaf, rita: hub.as("rita"), owner, reader, anybody },
    attach,
    sign,
    write,
    scan,
    async pushImage(tag: string): Promise<Image> {
      const image = buildImage();
      await owner.push(NAME, tag, image);
      return image;
    },
    setPolicy: (scope: string, body: object, name = "p") =>
      done(olaf(`PUT ${addressOf(scope, name)}`, body)),
    removePolicy: (scope: string, name = "p") => done(olaf(`DELETE ${addressOf(scope, name)}`)),
    statusOf: async (client: RegistryClient, reference: string, name = NAME) =>
      (await client.getManifest(name, reference)).status,
    async [Symbol.asyncDispose]() {
      for (const client of [owner, reader, anybody]) await client[Symbol.asyncDispose]();
      await hub[Symbol.asyncDispose]();
    },
  };

  async function attach(
    image: Pick<Image, "manifest">,
    { privateKey }: { readonly privateKey: KeyObject },
    claim?: Parameters<typeof signStatement>[2],
  ) {
    const digest = parseDigest(image.manifest.digest);
    const bundle = Buffer.from(signStatement(privateKey, digest, claim).json);
    const signed = buildArtifact({
      artifactType: BUNDLE_TYPE,
      subject: descriptor(image.manifest),
      layers: [content(BUNDLE_TYPE, bundle)],
    });
    await owner.push(NAME, signed.manifest.digest, signed);
    return signed;
  }

  async function sign(...[image, key, claim]: Parameters<typeof attach>) {
    const signed = await attach(image, key, claim);
    const { digest } = image.manifest;
    for (;;) {
      const { body } = await olaf(`GET /api/v1/signatures/${NAME}?reference=${digest}`);
      const found = body.signatures.find(
        (one: { digest: string }) => one.digest === signed.manifest.digest,
      );
      if (found !== undefined && found.state !== "waiting") return signed;
      await sleep(20);
    }
  }

  /** Rows as thousands of requests would leave them. */
  function write(statement: string, rows: readonly (readonly (string | number | Buffer)[])[]) {
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

  /** As a scan would leave it. */
  function scan(
    image: Pick<Image, "manifest">,
    findings: readonly KnownFinding[],
    flaws: readonly { readonly id: string }[] = [],
  ) {
    const known = findings.map(({ id, severity, fixed, exploited = false }) => ({
      ...{ id, severity, fixedVersion: fixed ? "2" : null, isKnownExploited: exploited },
    }));
    const result = gzipSync(Buffer.from(JSON.stringify({ findings: known, flaws })));
    write(
      "insert into scans (digest, state, analyser_version, advisories, result, attempts, due_at, scanned_at) values (?, 'done', 1, '', ?, 0, 0, 0)",
      [[image.manifest.digest, result]],
    );
  }
}
