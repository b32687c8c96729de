import type { z } from "zod";
import { PROBLEMS } from "../../contract/problems.ts";
import type { imageSignatures, provenance } from "../../contract/signatures.ts";
import type { NamespaceTables } from "../../namespaces/index.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { Repository } from "../../repositories/index.ts";
import { STATEMENT_TYPE } from "../statement.ts";
import { type KnownSignature, listSignaturesOf } from "../store/signatures-store.ts";
import type { SigningTables } from "../tables.ts";
import { type Evidence, findImage, listEvidence } from "./image-evidence.ts";
import { readContent } from "./read-content.ts";

export interface ProvenanceDeps {
  readonly database: Database<SigningTables & NamespaceTables>;
  readonly blobs: Pick<BlobStore, "read" | "size">;
  readonly clock: () => Date;
  /** What Docker Content Trust says of one of them. */
  readonly listNotarySignatures: (
    place: Repository,
    digests: readonly Digest[],
  ) => Promise<readonly KnownSignature[]>;
}

type Claim = z.input<typeof provenance>["claims"][number];

const PREDICATE_TYPE = "in-toto.io/predicate-type";
const STATEMENT_BYTES = 256 * 1024;
/** All statements of one answer. */
const ANSWER_BYTES = 8 * 1024 * 1024;
const MOST_CLAIMS = 1000;

/** How much may still be read for an answer. */
interface Allowance {
  bytes: number;
}

/** Who signed an image, and what everybody says of it. Whether the caller may know was decided before. */
export class Provenance {
  readonly #deps: ProvenanceDeps;

  constructor(deps: ProvenanceDeps) {
    this.#deps = deps;
  }

  /** Throws NOT_FOUND. */
  async listSignatures(
    place: Repository,
    reference: string,
  ): Promise<z.input<typeof imageSignatures>> {
    const { reader } = this.#deps.database;
    const image = await getImage(reader, place, reference);
    const attached = await listSignaturesOf(reader, place.id, [image.digest]);
    const notarised = await this.#deps.listNotarySignatures(place, [image.digest]);
    const signatures = [...attached, ...notarised].map((one) => toBody(this.#ageOf(one)));
    return { image: print(place, reference), digest: image.digest, signatures };
  }

  /** From all sources: what BuildKit listed, referrers, tags, Notary. Throws NOT_FOUND. */
  async listClaims(place: Repository, reference: string): Promise<z.input<typeof provenance>> {
    const { reader } = this.#deps.database;
    const image = await getImage(reader, place, reference);
    const evidence = await listEvidence(reader, place, image);
    const subjects = [...new Set([image.digest, ...evidence.map(({ subject }) => subject)])];
    const known = await listSignaturesOf(reader, place.id, subjects);
    const claims: Claim[] = [];
    const allowance: Allowance = { bytes: ANSWER_BYTES };
    for (const one of evidence) {
      if (claims.length >= MOST_CLAIMS) break;
      const signed = known.filter(
        ({ digest, subject }) => digest === one.digest && subject === one.subject,
      );
      claims.push(...signed.map((signature) => toSignedClaim(one, this.#ageOf(signature))));
      if (signed.length === 0) claims.push(...(await this.#listUnsigned(place, one, allowance)));
    }
    const notarised = await this.#deps.listNotarySignatures(place, subjects);
    claims.push(...notarised.map(toNotaryClaim));
    return { image: print(place, reference), digest: image.digest, claims };
  }

  /** What was good when it was verified may be over since. */
  #ageOf(signature: KnownSignature): KnownSignature {
    const { state, expiresAt } = signature;
    const isOver =
      state === "verified" && expiresAt !== undefined && expiresAt <= this.#deps.clock();
    return isOver ? { ...signature, state: "expired", reason: "it has expired" } : signature;
  }

  async #listUnsigned(
    place: Repository,
    evidence: Evidence,
    allowance: Allowance,
  ): Promise<readonly Claim[]> {
    const { source, digest, subject, manifest } = evidence;
    const claims: Claim[] = [];
    for (const layer of manifest.layers.slice(0, 20)) {
      const predicateType = layer.annotations?.[PREDICATE_TYPE] ?? null;
      claims.push({
        ...{ source, digest, subject, mediaType: layer.mediaType, predicateType },
        ...{ state: "claimed", signer: null },
        predicate: await this.#readPredicate(place, layer, allowance),
      });
    }
    return claims;
  }

  async #readPredicate(
    { id }: Repository,
    { mediaType, digest }: Descriptor,
    allowance: Allowance,
  ): Promise<unknown> {
    if (mediaType !== STATEMENT_TYPE) return undefined;
    const { database, blobs } = this.#deps;
    const most = Math.min(STATEMENT_BYTES, allowance.bytes);
    const content = await readContent(
      { db: database.reader, blobs, repositoryId: id },
      digest,
      most,
    );
    if (!Buffer.isBuffer(content)) return undefined;
    allowance.bytes -= content.length;
    try {
      return (JSON.parse(content.toString("utf8")) as { predicate?: unknown } | null)?.predicate;
    } catch (cause) {
      // Somebody pushed something else under this type: there is nothing to show of it.
      if (cause instanceof SyntaxError) return undefined;
      throw cause;
    }
  }
}

async function getImage(...asked: Parameters<typeof findImage>) {
  const found = await findImage(...asked);
  if (found === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
  return found;
}

function print({ name }: Repository, reference: string): string {
  return `${name}${reference.includes(":") ? "@" : ":"}${reference}`;
}

function toSignedClaim(
  { source, digest, subject, manifest }: Evidence,
  signature: KnownSignature,
): Claim {
  const { state, entry, predicateType = null, signer = null, predicate } = signature;
  const mediaType = manifest.layers[entry]?.mediaType ?? "";
  return { source, digest, subject, mediaType, predicateType, state, signer, predicate };
}

/** Trust data have no type of their own, and say nothing but that it was signed. */
function toNotaryClaim({ digest, subject, state, signer }: KnownSignature): Claim {
  const nothing = { predicateType: null, predicate: undefined };
  return {
    ...{ source: "notary", digest, subject, mediaType: "application/json", state },
    ...{ signer: signer ?? null, ...nothing },
  };
}

function toBody(one: KnownSignature): z.input<typeof imageSignatures>["signatures"][number] {
  const print = (date: Date | undefined) => date?.toISOString() ?? null;
  return {
    ...{ digest: one.digest, format: one.format, state: one.state },
    reason: one.reason ?? null,
    kind: one.kind ?? null,
    predicateType: one.predicateType ?? null,
    signer: one.signer ?? null,
    signedAt: print(one.signedAt),
    expiresAt: print(one.expiresAt),
    verifiedAt: print(one.verifiedAt),
  };
}
