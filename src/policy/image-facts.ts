import type { Kysely } from "kysely";
import { matchesGlobText } from "../lib/glob-text.ts";
import type { Digest } from "../oci/digest.ts";
import type { Manifest } from "../oci/manifest.ts";
import type { Repository } from "../repositories/index.ts";
import { type KnownSignature, listSignaturesOf } from "../signing/index.ts";
import type { ImageFacts, ImageScan } from "./judge.ts";
import type { PullPolicy } from "./policy.ts";
import { listIndexesOf, listLayersOf, listTagsOf } from "./store/facts-store.ts";
import type { PolicyTables } from "./tables.ts";

type Db = Kysely<PolicyTables>;

export interface AskedImage {
  readonly place: Repository;
  readonly digest: Digest;
  readonly manifest: Manifest;
}

export interface FactDeps {
  readonly db: Db;
  /** What was found in an image, without what was set aside; undefined while there is no finished scan. */
  readonly readScan: (place: Repository, digest: Digest) => Promise<ImageScan | undefined>;
  /** What Docker Content Trust says of one of them. */
  readonly listNotarySignatures: (
    place: Repository,
    digests: readonly Digest[],
  ) => Promise<readonly KnownSignature[]>;
}

/** What the policies have to know, and no more: most ask for signatures alone. */
export async function readFacts(
  { db, readScan, listNotarySignatures }: FactDeps,
  { place, digest, manifest }: AskedImage,
  policies: readonly PullPolicy[],
): Promise<ImageFacts & { readonly digests: readonly Digest[] }> {
  const digests = [digest, ...(await listIndexesOf(db, place.id, digest))];
  const asksTags = policies.some(({ tags }) => tags.length > 0);
  const asksScan = policies.some(({ rules }) => rules.vulnerabilities ?? rules.notEndOfLife);
  const asksNotary = policies.some(({ rules }) =>
    rules.signedBy?.anyOf.some((rule) => "notary" in rule),
  );
  const attached = await listSignaturesOf(db, place.id, digests);
  const notarised = asksNotary ? await listNotarySignatures(place, digests) : [];
  const isIndex = manifest.kind === "index";
  const wanted = [...new Set(policies.flatMap(({ rules }) => rules.baseImages ?? []))];
  return {
    digests,
    isIndex,
    tags: asksTags ? await listTagsOf(db, place.id, digests) : [],
    signatures: [...attached, ...notarised],
    scan: asksScan && !isIndex ? await readScan(place, digest) : undefined,
    bases: isIndex ? new Set() : await findBases(db, manifest, wanted),
  };
}

/** Which of the named images lie below this one: all their layers are its first ones. */
async function findBases(
  db: Db,
  { layers }: Manifest,
  wanted: readonly string[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const text of wanted) {
    const colon = text.lastIndexOf(":");
    const [name, tag] = colon < 0 ? [text, "*"] : [text.slice(0, colon), text.slice(colon + 1)];
    const images = await listLayersOf(db, name, (one) => matchesGlobText(tag, one));
    const isBelow = images.some(
      (base) =>
        base.length > 0 &&
        base.length <= layers.length &&
        base.every((digest, at) => layers[at]?.digest === digest),
    );
    if (isBelow) found.add(text);
  }
  return found;
}
