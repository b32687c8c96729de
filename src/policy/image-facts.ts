import type { Kysely } from "kysely";
import { matchesGlobText } from "../lib/glob-text.ts";
import type { Digest } from "../oci/digest.ts";
import type { Manifest } from "../oci/manifest.ts";
import type { BlobStore } from "../platform/blobs/index.ts";
import type { Repository, RepositoryId } from "../repositories/index.ts";
import { type KnownSignature, listDecidingSignatures } from "../signing/index.ts";
import type { ImageFacts, ImageScan } from "./judge.ts";
import { type PullPolicy, splitBase } from "./policy.ts";
import { listImagesOn } from "./store/bases-store.ts";
import { listIndexesOf, listTagsOf } from "./store/facts-store.ts";
import type { PolicyTables } from "./tables.ts";

type Db = Kysely<PolicyTables>;

export interface AskedImage {
  readonly place: Repository;
  readonly digest: Digest;
  readonly manifest: Manifest;
}

export interface FactDeps {
  readonly db: Db;
  readonly blobs: Pick<BlobStore, "read">;
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
  { db, readScan, listNotarySignatures }: Omit<FactDeps, "blobs">,
  { place, digest, manifest }: AskedImage,
  { policies, now }: { readonly policies: readonly PullPolicy[]; readonly now: Date },
): Promise<ImageFacts & { readonly digests: readonly Digest[] }> {
  const indexes = await listIndexesOf(db, place.id, digest);
  const digests = [digest, ...indexes.items];
  const asksTags = policies.some(({ tags }) => tags.length > 0);
  const asksScan = policies.some(({ rules }) => rules.vulnerabilities ?? rules.notEndOfLife);
  const asksNotary = policies.some(({ rules }) =>
    rules.signedBy?.anyOf.some((rule) => "notary" in rule),
  );
  const attached = await listAttached(db, place, { digests, policies, now });
  const notarised = asksNotary ? await listNotarySignatures(place, digests) : [];
  const isIndex = manifest.kind === "index";
  const tags = asksTags ? await listTagsOf(db, place.id, digests) : { items: [], isCut: false };
  return {
    digests,
    isIndex,
    tags: tags.items,
    hasMoreTags: tags.isCut || (asksTags && indexes.isCut),
    signatures: [...attached, ...notarised],
    scan: asksScan && !isIndex ? await readScan(place, digest) : undefined,
    bases: isIndex ? new Set() : await findBases(db, manifest, policies),
  };
}

async function listAttached(
  db: Db,
  { id }: Repository,
  {
    digests,
    policies,
    now,
  }: {
    readonly digests: readonly Digest[];
    readonly policies: readonly PullPolicy[];
    readonly now: Date;
  },
): Promise<readonly KnownSignature[]> {
  const isAsked = policies.some(({ rules }) => rules.signedBy ?? rules.attestations);
  if (!isAsked) return [];
  const asked = policies.flatMap(({ rules }) => rules.attestations ?? []);
  const types = [...new Set(asked.map(({ type }) => type))];
  const read = new Set(asked.flatMap(({ type, where }) => (where.length > 0 ? [type] : [])));
  const wanted = { subjects: digests, types, readTypes: [...read], now };
  return await listDecidingSignatures(db, id, wanted);
}

/** Which of the named images lie below this one: all their layers are its first ones. */
async function findBases(
  db: Db,
  { layers }: Manifest,
  policies: readonly PullPolicy[],
): Promise<ReadonlySet<string>> {
  const own = layers.map(({ digest }) => digest);
  const tagsBelow = new Map<RepositoryId, readonly string[]>();
  const answers = new Map<string, boolean>();
  for (const { text, id } of policies.flatMap(listBases)) {
    const [, pattern] = splitBase(text);
    const tags = id === undefined ? [] : (tagsBelow.get(id) ?? (await listTagsBelow(db, id, own)));
    if (id !== undefined) tagsBelow.set(id, tags);
    const isBelow = tags.some((tag) => matchesGlobText(pattern, tag));
    // One name may mean two repositories to two policies, since repositories are renamed: then it has to be both.
    answers.set(text, isBelow && (answers.get(text) ?? true));
  }
  return new Set([...answers].flatMap(([text, isBelow]) => (isBelow ? [text] : [])));
}

function listBases({ rules, bases }: PullPolicy) {
  return (rules.baseImages ?? []).map((text) => ({ text, id: bases[splitBase(text)[0]] }));
}

/** The tags of a repository's images on which one with these layers is built. */
async function listTagsBelow(
  db: Db,
  repositoryId: RepositoryId,
  own: readonly Digest[],
): Promise<readonly string[]> {
  const [first] = own;
  if (first === undefined) return [];
  const images = await listImagesOn(db, repositoryId, first);
  const below = images.filter(({ layers }) => layers.every((digest, at) => own[at] === digest));
  const tags: string[] = [];
  for (const { digest } of below) {
    const above = await listIndexesOf(db, repositoryId, digest);
    tags.push(...(await listTagsOf(db, repositoryId, [digest, ...above.items])).items);
  }
  return tags;
}
