import type { KeyObject } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { z } from "zod";
import { CommandError, type Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import type { FetchedManifest, RegistryClient } from "../client/registry-client.ts";
import { type Digest, digestHex } from "../oci/digest.ts";
import { fallbackTag } from "../oci/referrers.ts";
import {
  BUNDLE_TYPE,
  generateKeyFiles,
  readPrivateKey,
  SIGNATURE_ANNOTATION,
  SIMPLE_SIGNING_TYPE,
  signSimply,
  signStatement,
} from "../signing/index.ts";
import { openRepository } from "./open-repository.ts";
import { predicateTypeOf } from "./predicate-types.ts";

const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
const INDEX_TYPE = "application/vnd.oci.image.index.v1+json";
const EMPTY_TYPE = "application/vnd.oci.empty.v1+json";
const CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
const EMPTY = Buffer.from("{}");

const keysOptions = z.object({ output: z.string().default("cosign") });
const signOptions = z.object({ key: z.string(), simple: z.boolean().default(false) });
const attestOptions = z.object({ key: z.string(), predicate: z.string(), type: z.string() });

/** What `berth keys generate` does. */
export async function generateKeys(invocation: Invocation): Promise<ExitReason> {
  const { output } = keysOptions.parse(invocation.options);
  const { terminal } = invocation;
  const passphrase = await askPassphrase(invocation, "Passphrase for the new key");
  const { privateKey, publicKey } = await generateKeyFiles(passphrase);
  await writeNew(`${output}.key`, privateKey, 0o600);
  await writeNew(`${output}.pub`, publicKey, 0o644);
  terminal.print(`${output}.key and ${output}.pub`);
  terminal.note(
    "berth: keep the .key file and its passphrase; give the .pub file to whoever verifies",
  );
  return "ok";
}

/** What `berth sign` does. */
export async function signImage(invocation: Invocation): Promise<ExitReason> {
  const { key: file, simple } = signOptions.parse(invocation.options);
  const key = await openKey(invocation, file);
  const opened = await openRepository(invocation, { pushes: true });
  const { registry, image, host } = opened;
  const found = await findImage(registry, image.reference);
  await attach(registry, found, signStatement(key, found.digest));
  const reference = `${host}/${image.repository}`;
  if (simple)
    await addSimpleSignature(
      registry,
      found.digest,
      signSimply(key, { reference, digest: found.digest }),
    );
  invocation.terminal.print(`${reference}@${found.digest}: signed`);
  return "ok";
}

/** What `berth attest` does. */
export async function attestImage(invocation: Invocation): Promise<ExitReason> {
  const { key: file, predicate, type } = attestOptions.parse(invocation.options);
  const key = await openKey(invocation, file);
  const claim = {
    predicateType: predicateTypeOf(type),
    predicate: parseJson(predicate, await readText(predicate)),
  };
  const { registry, image, host } = await openRepository(invocation, { pushes: true });
  const found = await findImage(registry, image.reference);
  await attach(registry, found, signStatement(key, found.digest, claim));
  invocation.terminal.print(
    `${host}/${image.repository}@${found.digest}: attested ${claim.predicateType}`,
  );
  return "ok";
}

async function findImage(registry: RegistryClient, reference: string): Promise<FetchedManifest> {
  const found = await registry.findManifest(reference);
  if (found !== undefined) return found;
  throw new CommandError("failed", `there is no image ${reference} in this repository`);
}

/** As cosign 3 does it: a manifest with the bundle as its only layer and the image as its subject. */
async function attach(
  registry: RegistryClient,
  image: FetchedManifest,
  { json, predicateType }: ReturnType<typeof signStatement>,
): Promise<void> {
  const bundle = Buffer.from(json);
  const config = {
    mediaType: EMPTY_TYPE,
    digest: await registry.putBlob(EMPTY),
    size: EMPTY.length,
  };
  const layer = {
    mediaType: BUNDLE_TYPE,
    digest: await registry.putBlob(bundle),
    size: bundle.length,
  };
  const annotations = {
    "org.opencontainers.image.created": new Date().toISOString(),
    "dev.sigstore.bundle.content": "dsse-envelope",
    "dev.sigstore.bundle.predicateType": predicateType,
  };
  const manifest = {
    ...{ schemaVersion: 2, mediaType: MANIFEST_TYPE, artifactType: BUNDLE_TYPE },
    ...{ config, layers: [layer] },
    subject: { mediaType: image.mediaType, digest: image.digest, size: image.bytes.length },
    annotations,
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  const { digest, isReferrer } = await registry.putManifest(undefined, {
    mediaType: MANIFEST_TYPE,
    bytes,
  });
  if (isReferrer) return;
  const described = {
    mediaType: MANIFEST_TYPE,
    digest,
    size: bytes.length,
    artifactType: BUNDLE_TYPE,
    annotations,
  };
  await addToFallback(registry, image.digest, described);
}

/** Registries without a list of referrers keep it under a tag (distribution-spec, "Referrers Tag Schema"). */
async function addToFallback(
  registry: RegistryClient,
  subject: Digest,
  described: object,
): Promise<void> {
  const tag = fallbackTag(subject);
  const before = await registry.findManifest(tag);
  const listed = before === undefined ? [] : listOf(before.bytes, "manifests");
  const index = { schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [...listed, described] };
  const bytes = Buffer.from(JSON.stringify(index));
  await registry.putManifest(tag, { mediaType: INDEX_TYPE, bytes });
}

/** Added to those that are there, as cosign does it. */
async function addSimpleSignature(
  registry: RegistryClient,
  digest: Digest,
  { payload, signature }: ReturnType<typeof signSimply>,
): Promise<void> {
  const tag = `sha256-${digestHex(digest)}.sig`;
  const before = await registry.findManifest(tag);
  const layers = before === undefined ? [] : listOf(before.bytes, "layers");
  const layer = {
    ...{
      mediaType: SIMPLE_SIGNING_TYPE,
      digest: await registry.putBlob(payload),
      size: payload.length,
    },
    annotations: { [SIGNATURE_ANNOTATION]: signature },
  };
  const config = {
    mediaType: CONFIG_TYPE,
    digest: await registry.putBlob(EMPTY),
    size: EMPTY.length,
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config,
    layers: [...layers, layer],
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  await registry.putManifest(tag, { mediaType: MANIFEST_TYPE, bytes });
}

function listOf(bytes: Buffer, name: string): readonly unknown[] {
  const document = JSON.parse(bytes.toString("utf8")) as Record<string, unknown>;
  const list = document[name];
  return Array.isArray(list) ? list : [];
}

async function openKey(invocation: Invocation, file: string): Promise<KeyObject> {
  const pem = await readText(file);
  const isEncrypted = pem.includes("ENCRYPTED");
  const passphrase = isEncrypted ? await askPassphrase(invocation, `Passphrase of ${file}`) : "";
  try {
    return await readPrivateKey(pem, passphrase);
  } catch (cause) {
    throw new CommandError("usage", `could not open ${file}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** $COSIGN_PASSWORD is where scripts keep it that use cosign. */
async function askPassphrase({ terminal }: Invocation, label: string): Promise<string> {
  return terminal.environment.COSIGN_PASSWORD ?? (await terminal.askSecret(label));
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new CommandError("usage", `could not read ${file}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CommandError("usage", `${file} is no JSON`, { cause });
  }
}

/** A key that is lost cannot be made again. */
async function writeNew(file: string, text: string, mode: number): Promise<void> {
  try {
    await writeFile(file, text, { flag: "wx", mode });
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === "EEXIST";
    const why = isThere ? "it is there already" : (cause as Error).message;
    throw new CommandError("usage", `could not write ${file}: ${why}`, { cause });
  }
}
