import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import type { Journal, Principal } from "../access/index.ts";
import { type BuildClaim, findBuildKey, insertBuildKey } from "../builds/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { Sealing } from "../platform/keys/index.ts";
import type { Registry } from "../registry/index.ts";
import { BUNDLE_TYPE, signStatement, trustHubKey } from "../signing/index.ts";
import type { HubTables } from "./stores.ts";

interface AttestParts {
  readonly database: Database<HubTables>;
  readonly sealing: Sealing;
  readonly journal: Journal;
  readonly attacher: Registry["attacher"];
  readonly clock: () => Date;
}

/** What policies and provenance call the key with which the hub signs what it says of its own builds. */
const KEY_NAME = "berth-builds";
const CONTEXT = "build key";

/** Signs what the hub says of images that it has built, and pushes it beside them. */
export function createAttestations(parts: AttestParts): (claim: BuildClaim) => Promise<void> {
  let known: Promise<KeyObject> | undefined;
  return async (claim) => {
    const { repository, subject, by, predicateType, predicate } = claim;
    // What could not be read or made is tried again with the next build.
    known ??= openKey(parts, by).catch((cause: unknown) => {
      known = undefined;
      throw cause;
    });
    const signed = signStatement(await known, subject.digest, { predicateType, predicate });
    const origin = { address: "", client: "berth build" };
    const annotations = {
      "org.opencontainers.image.created": parts.clock().toISOString(),
      "dev.sigstore.bundle.content": "dsse-envelope",
      "dev.sigstore.bundle.predicateType": signed.predicateType,
    };
    const document = Buffer.from(signed.json);
    await parts.attacher.attach(
      repository,
      { subject, artifactType: BUNDLE_TYPE, document, annotations },
      { principal: by, origin: () => origin },
    );
  };
}

/** The key of this hub, made with the first image that it builds; it is sealed, and its public half is trusted from then on. */
async function openKey(
  { database, sealing, journal, clock }: AttestParts,
  by: Principal,
): Promise<KeyObject> {
  const kept = await findBuildKey(database.reader);
  if (kept !== undefined) return createPrivateKey(sealing.unseal(kept, CONTEXT));
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const text = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const pem = createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString();
  const sealed = sealing.seal(text, CONTEXT);
  return await database.write(async (trx) => {
    const meanwhile = await findBuildKey(trx);
    if (meanwhile !== undefined) return createPrivateKey(sealing.unseal(meanwhile, CONTEXT));
    await insertBuildKey(trx, sealed, clock());
    if (await trustHubKey(trx, { name: KEY_NAME, pem, createdAt: clock() }))
      await journal.record(trx, {
        ...{ action: "signing.trust.add", by, origin: { address: "", client: "berth build" } },
        ...{ account: "", name: KEY_NAME, after: { kind: "key", pem } },
      });
    return privateKey;
  });
}
