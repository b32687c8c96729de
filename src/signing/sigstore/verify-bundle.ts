import type { Bundle } from "@sigstore/bundle";
import type { SignedEntity, TrustMaterial } from "@sigstore/verify";
import { SignatureError } from "../signature-error.ts";
import { assertSpeaksOf, parseStatement, STATEMENT_TYPE, type Statement } from "../statement.ts";
import { type Artifact, anchorsOf, hintOf, type Trust, type Verified } from "../trust.ts";
import { findKeys, readSigned, type SignedBytes } from "./find-keys.ts";
import { loadBundle, loadVerify } from "./library.ts";
import { withKey } from "./trusted-root.ts";

/** A bundle whose signature is of the artifact, and by whom. */
export interface VerifiedBundle extends Verified {
  readonly statement: Statement | undefined;
}

const ISSUER_V2 = "1.3.6.1.4.1.57264.1.8";

/** Sigstore's bundles, versions 0.1 to 0.3, by keys and by identities. Throws SignatureError. */
export async function verifyBundle(
  json: unknown,
  artifact: Artifact,
  trust: Trust,
): Promise<VerifiedBundle> {
  const bundle = parseBundle(json);
  const statement = readContent(bundle, artifact);
  const entity = wrap(() => loadVerify().toSignedEntity(bundle, artifact.bytes ?? Buffer.alloc(0)));
  const proved =
    entity.key.$case === "public-key"
      ? await byKey({ entity, signed: readSigned(bundle, artifact) }, trust)
      : byIdentity(entity, trust);
  return {
    ...proved,
    statement,
    ...(statement && { predicateType: statement.predicateType }),
  };
}

function parseBundle(json: unknown): Bundle {
  try {
    return loadBundle().bundleFromJSON(json);
  } catch (cause) {
    throw new SignatureError("invalid", "it is no bundle of sigstore", { cause });
  }
}

/** What the signature is of, compared with what it should be of. */
function readContent({ content }: Bundle, artifact: Artifact): Statement | undefined {
  if (content.$case === "messageSignature") {
    if (artifact.bytes !== undefined) return undefined;
    throw new SignatureError("waiting", `${artifact.digest}, which it signs, is not here yet`);
  }
  const { payload, payloadType } = content.dsseEnvelope;
  if (payloadType !== STATEMENT_TYPE) {
    throw new SignatureError("invalid", `it signs ${payloadType || "nothing"}, and no statement`);
  }
  const statement = parseStatement(payload);
  assertSpeaksOf(statement, artifact.digest);
  return statement;
}

/** A key proves itself: a log's entry beside it is checked if the log is known, and not needed. */
async function byKey(
  { entity, signed }: { readonly entity: SignedEntity; readonly signed: SignedBytes },
  { keys, sigstore }: Trust,
): Promise<Pick<Verified, "signer" | "anchors" | "signedAt">> {
  const hint = entity.key.$case === "public-key" ? entity.key.hint : "";
  const [first, ...others] = await findKeys(signed, keys, hint);
  if (first === undefined) {
    const detail = keys.length === 0 ? "there are no trusted keys" : "no trusted key fits it";
    throw new SignatureError("untrusted", `signed by an unknown key: ${detail}`);
  }
  const known = knownEntries(entity, sigstore);
  const options = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 };
  const { Verifier } = loadVerify();
  wrap(() => new Verifier(withKey(sigstore, first), options).verify(known));
  return {
    signer: { kind: "key", key: first.name, fingerprint: hintOf(first.publicKey) },
    ...anchorsOf([first, ...others]),
    ...signedAt(known),
  };
}

function knownEntries(entity: SignedEntity, sigstore: TrustMaterial | undefined): SignedEntity {
  const logs = sigstore?.tlogs ?? [];
  const isKnown = (id: Buffer) => logs.some(({ logID }) => logID.equals(id));
  const tlogEntries = entity.tlogEntries.filter(({ logId }) => isKnown(logId.keyId));
  const timestamps = entity.timestamps.filter((time) =>
    time.$case === "transparency-log"
      ? isKnown(time.tlogEntry.logId.keyId)
      : (sigstore?.timestampAuthorities.length ?? 0) > 0,
  );
  return { ...entity, tlogEntries, timestamps };
}

function byIdentity(
  entity: SignedEntity,
  { sigstore }: Trust,
): Pick<Verified, "signer" | "signedAt"> {
  if (sigstore === undefined) {
    throw new SignatureError("untrusted", "signed by an identity, and no sigstore is trusted here");
  }
  // An authority of one's own may have no log of certificates, and may confirm times without a log of signatures.
  const options = {
    ctlogThreshold: sigstore.ctlogs.length > 0 ? 1 : 0,
    tlogThreshold: sigstore.tlogs.length > 0 ? 1 : 0,
    timestampThreshold: 1,
  };
  const { Verifier } = loadVerify();
  const { identity } = wrap(() => new Verifier(sigstore, options).verify(entity));
  const v2 = identity?.oids?.find(({ oid }) => oid?.id.join(".") === ISSUER_V2);
  const issuer = identity?.extensions?.issuer ?? (v2 && derText(Buffer.from(v2.value)));
  const subject = identity?.subjectAlternativeName;
  if (issuer === undefined || subject === undefined) {
    throw new SignatureError("invalid", "its certificate names no issuer and subject");
  }
  return { signer: { kind: "identity", issuer, subject }, ...signedAt(entity) };
}

/** The newer extension holds a UTF8String of DER; the older one the text itself. */
function derText(value: Buffer): string {
  const isShort = value[0] === 0x0c && value[1] === value.length - 2;
  return value.subarray(isShort ? 2 : 0).toString("utf8");
}

/** Of entries that were verified; a log's word on the time is signed by its promise alone. */
function signedAt({ timestamps }: SignedEntity): Pick<Verified, "signedAt"> {
  for (const one of timestamps) {
    if (one.$case === "timestamp-authority") return { signedAt: one.timestamp.signingTime };
    const { inclusionPromise, integratedTime } = one.tlogEntry;
    if (inclusionPromise !== undefined)
      return { signedAt: new Date(Number(integratedTime) * 1000) };
  }
  return {};
}

/** Whatever the library throws says that the signature is not good: its input is the signature alone. */
function wrap<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof SignatureError) throw cause;
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new SignatureError("invalid", `sigstore refuses it: ${detail}`, { cause });
  }
}
