import type { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { z } from "zod";
import { CommandError, type Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import { connect } from "../cli/hub-connection.ts";
import type { HubClient } from "../client/hub-client.ts";
import { POLICY_EXPLANATIONS_PATH, policyExplanation } from "../contract/policies.ts";
import { imageSignatures, SIGNATURES_PATH } from "../contract/signatures.ts";
import { matchesGlobText } from "../lib/glob-text.ts";
import { printable } from "../lib/printable.ts";
import { splitImageName } from "../oci/image-name.ts";
import {
  listSignatureEntries,
  PUBLIC_GOOD_ROOT,
  readCertificates,
  readPublicKey,
  readTrustedRoot,
  SIGNATURE_BYTES,
  SignatureError,
  type Signer,
  type Trust,
  type TrustStore,
  type VerifiedEntry,
  verifyEntry,
} from "../signing/index.ts";
import { findInLayout, findInRegistry, type ImageWithSignatures } from "./image-signatures.ts";
import { openRepository } from "./open-repository.ts";
import { predicateTypeOf } from "./predicate-types.ts";

const files = z.array(z.string()).default([]);

const verifyOptions = z.object({
  json: z.boolean().default(false),
  key: files,
  issuer: z.string().optional(),
  identity: z.string().optional(),
  trustedRoot: z.string().optional(),
  trustStore: files,
  tsa: files,
  type: z.string().optional(),
  layout: z.string().optional(),
});

type Options = z.output<typeof verifyOptions>;

interface Outcome {
  readonly good: readonly VerifiedEntry[];
  /** Why the others do not count. */
  readonly reasons: readonly string[];
}

/** What `berth verify` does. */
export async function verifyImage(invocation: Invocation): Promise<ExitReason> {
  const options = verifyOptions.parse(invocation.options);
  const { operands } = invocation;
  if (trustsNobody(options)) return await askHub(invocation, options);
  const { repository, reference } = splitImageName(operands[0] ?? "");
  const trust = await readTrust(options);
  const found = await find(invocation, options, reference);
  if (found === undefined) throw new CommandError("failed", `there is no image ${operands[0]}`);
  const outcome = await verifyAll(found.image, { repository, trust, options });
  return say(invocation, options, {
    name: `${found.host}${repository}@${found.image.image.digest}`,
    signers: [...new Set(outcome.good.map(({ signer }) => printSigner(signer)))],
    reasons: outcome.reasons,
    detail: outcome,
  });
}

function trustsNobody({ key, trustStore, identity, issuer, layout }: Options): boolean {
  if (key.length + trustStore.length > 0 || (identity ?? issuer) !== undefined) return false;
  if (layout === undefined) return true;
  const choices = "--key, --identity with --issuer, or --trust-store";
  throw new CommandError("usage", `say whom you trust: ${choices}`);
}

/** Nobody was named here: the hub says what it verified by the keys that it trusts. */
async function askHub(invocation: Invocation, options: Options): Promise<ExitReason> {
  const { host, repository, reference } = splitImageName(invocation.operands[0] ?? "");
  const chosen = { ...invocation.options, hub: invocation.options.hub ?? host };
  await using hub = await connect({ ...invocation, options: chosen });
  const path = repository.split("/").map(encodeURIComponent).join("/");
  const line = `GET ${SIGNATURES_PATH}/${path}?reference=${encodeURIComponent(reference)}`;
  const { digest, signatures } = await hub.call({ line, answer: imageSignatures });
  const wanted = signatures.filter((one) => isWanted(one, options.type));
  // Whoever has an account somewhere is an identity: it proves nothing unless somebody names it.
  const isNamed = wanted.some(({ signer }) => signer?.kind === "identity")
    ? await findNamed(hub, path, digest)
    : () => false;
  const good = wanted.filter((one) => one.signer?.kind !== "identity" || isNamed(one));
  const unnamed = wanted.flatMap((one) =>
    one.signer === null || good.includes(one)
      ? []
      : [`signed by ${printSigner(one.signer)}, whom nobody named: use --identity and --issuer`],
  );
  const signers = good.flatMap(({ signer }) => (signer === null ? [] : [printSigner(signer)]));
  return say(invocation, options, {
    name: `${host === undefined ? "" : `${host}/`}${repository}@${digest}`,
    signers: [...new Set(signers)],
    reasons: [...signatures.flatMap(({ reason }) => reason ?? []), ...unnamed],
    detail: { signatures },
  });
}

/** Tells whether a policy that is switched on for the image asks for whoever made a signature. */
async function findNamed(
  hub: Pick<HubClient, "call">,
  path: string,
  digest: string,
): Promise<(signature: Pick<ListedSignature, "digest" | "signer">) => boolean> {
  const line = `GET ${POLICY_EXPLANATIONS_PATH}/${path}?reference=${digest}` as const;
  const { policies } = await hub.call({ line, answer: policyExplanation });
  const keyOf = (one: { readonly digest: string; readonly signer: Signer | null }) =>
    `${one.digest} ${one.signer && printSigner(one.signer)}`;
  const named = new Set(policies.flatMap((policy) => policy.named.map(keyOf)));
  return (signature) => named.has(keyOf(signature));
}

type ListedSignature = z.output<typeof imageSignatures>["signatures"][number];

function isWanted(
  { state, kind, predicateType }: ListedSignature,
  type: string | undefined,
): boolean {
  if (state !== "verified") return false;
  if (type === undefined) return kind === "signature";
  return kind === "attestation" && predicateType === predicateTypeOf(type);
}

interface Said {
  readonly name: string;
  readonly signers: readonly string[];
  readonly reasons: readonly string[];
  readonly detail: object;
}

function say({ terminal }: Invocation, { json, type }: Options, said: Said): ExitReason {
  const { name, signers, reasons, detail } = said;
  const outcome = signers.length > 0 ? "ok" : "failed";
  if (json) {
    terminal.printJson({ image: name, signers, ...detail });
    return outcome;
  }
  const what = type === undefined ? "signed" : "attested";
  if (outcome === "ok") {
    terminal.print(`${name}: ${what} by ${signers.map(printable).join(", ")}`);
    return outcome;
  }
  terminal.print(`${name}: not ${what} by anybody who is trusted here`);
  for (const reason of reasons) terminal.note(`berth: ${printable(reason)}`);
  return outcome;
}

async function find(
  invocation: Invocation,
  { layout }: Options,
  reference: string,
): Promise<{ readonly image: ImageWithSignatures; readonly host: string } | undefined> {
  if (layout !== undefined) {
    const image = await findInLayout(layout, reference);
    return image && { image, host: "" };
  }
  const { registry, host } = await openRepository(invocation, { pushes: false });
  const image = await findInRegistry(registry, reference);
  return image && { image, host: `${host}/` };
}

async function verifyAll(
  { image, companions, readBlob }: ImageWithSignatures,
  { repository, trust, options }: { repository: string; trust: Trust; options: Options },
): Promise<Outcome> {
  const good: VerifiedEntry[] = [];
  const reasons: string[] = [];
  for (const entry of companions.flatMap(listSignatureEntries)) {
    try {
      const bytes = await readBlob(entry.layer.digest, SIGNATURE_BYTES);
      const question = {
        entry,
        bytes,
        artifact: image,
        names: [repository],
        trust,
        now: new Date(),
      };
      const verified = await verifyEntry(question);
      const why = reasonAgainst(verified, options);
      if (why === undefined) good.push(verified);
      else reasons.push(why);
    } catch (cause) {
      if (!(cause instanceof SignatureError)) throw cause;
      reasons.push(cause.message);
    }
  }
  if (companions.length === 0) reasons.push("nothing is attached to it");
  return { good, reasons };
}

/** Why something that is good is not what was asked for. */
function reasonAgainst(
  { kind, predicateType, signer }: VerifiedEntry,
  { type, issuer, identity }: Options,
): string | undefined {
  if (type === undefined && kind === "attestation") return `it attests ${predicateType}`;
  if (type !== undefined && predicateType !== predicateTypeOf(type)) {
    return `it is ${kind === "signature" ? "a signature" : `an attestation of ${predicateType}`}`;
  }
  if (signer.kind !== "identity") return undefined;
  const isWanted =
    identity !== undefined && issuer === signer.issuer && matchesGlobText(identity, signer.subject);
  return isWanted ? undefined : `signed by ${printSigner(signer)}, who was not asked for`;
}

function printSigner(signer: Signer): string {
  switch (signer.kind) {
    case "key":
      return `the key ${signer.key}`;
    case "identity":
      return `${signer.subject} (${signer.issuer})`;
    case "certificate":
      return `${signer.subject} (certificate of ${signer.store})`;
    case "notary":
      return `${signer.role} of ${signer.gun} (Notary, the key ${signer.owner ?? signer.key.slice(0, 12)})`;
  }
}

async function readTrust(options: Options): Promise<Trust> {
  const { key, trustStore, tsa, identity, issuer, trustedRoot } = options;
  if ((identity === undefined) !== (issuer === undefined)) {
    throw new CommandError("usage", "--identity and --issuer go together");
  }
  const keys = await Promise.all(
    key.map(async (file) => ({
      name: basename(file),
      publicKey: await readFrom(file, readPublicKey),
    })),
  );
  const stores = await Promise.all([
    ...trustStore.map((file) => readStore(file, "ca")),
    ...tsa.map((file) => readStore(file, "tsa")),
  ]);
  const read = (text: string) => readTrustedRoot(JSON.parse(text));
  const sigstore =
    trustedRoot === undefined ? read(PUBLIC_GOOD_ROOT) : await readFrom(trustedRoot, read);
  return { keys, stores, sigstore };
}

async function readStore(file: string, type: TrustStore["type"]): Promise<TrustStore> {
  const certificates: readonly X509Certificate[] = await readFrom(file, readCertificates);
  if (certificates.length > 0) return { name: basename(file), type, certificates };
  throw new CommandError("usage", `${file} holds no certificate`);
}

async function readFrom<Value>(file: string, read: (text: string) => Value): Promise<Value> {
  try {
    return read(await readFile(file, "utf8"));
  } catch (cause) {
    throw new CommandError("usage", `could not read ${file}: ${(cause as Error).message}`, {
      cause,
    });
  }
}
