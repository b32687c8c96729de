import { type Digest, isDigest } from "../../oci/digest.ts";
import { OciError } from "../../oci/error.ts";
import { isJsonObject } from "../../oci/json-field.ts";
import { isIndexMediaType } from "../../oci/media-type.ts";
import type { RepositoryName } from "../../oci/name.ts";
import {
  countFitting,
  fallbackTag,
  type ReferrerDescriptor,
  toReferrersIndex,
} from "../../oci/referrers.ts";
import { isTag, type Tag } from "../../oci/tag.ts";
import type { Database } from "../../platform/db/index.ts";
import { findRepository } from "../../repositories/index.ts";
import { filterKnownManifests, listReferrers, type ReferrerRow } from "../store/manifests-store.ts";
import type { RegistryTables } from "../store/tables.ts";
import type { ManifestReader } from "./manifest-reader.ts";

const PAGE_LIMIT = 1000;

interface ReferrersQuestion {
  readonly repository: RepositoryName;
  readonly subject: Digest;
  readonly artifactType: string | undefined;
  readonly last: string | undefined;
}

/** Which manifests of a repository name another one as their subject: signatures, SBOMs, attestations. */
export class Referrers {
  readonly #database: Database<RegistryTables>;
  readonly #manifests: ManifestReader;

  constructor(deps: { database: Database<RegistryTables>; manifests: ManifestReader }) {
    this.#database = deps.database;
    this.#manifests = deps.manifests;
  }

  /** One page, by digest, at most as large as clients read. */
  async list(question: ReferrersQuestion): Promise<{
    index: ReturnType<typeof toReferrersIndex>;
    nextLast: Digest | undefined;
  }> {
    const rows = await listReferrers(this.#database.reader, question.repository, {
      ...question,
      limit: PAGE_LIMIT + 1,
    });
    const known = rows.map(toDescriptor);
    const fallback = await this.#listFallback(question);
    const all = mergeByDigest(known, fallback).slice(0, PAGE_LIMIT + 1);
    const fitting = Math.min(countFitting(all), PAGE_LIMIT);
    const page = all.slice(0, fitting);
    return {
      index: toReferrersIndex(page),
      nextLast: all.length > fitting ? page.at(-1)?.digest : undefined,
    };
  }

  /** Referrers that clients listed under a tag of their own while the registry had no such API. */
  async #listFallback(question: ReferrersQuestion): Promise<readonly ReferrerDescriptor[]> {
    const tag = fallbackTag(question.subject);
    if (!isTag(tag)) return [];
    const listed = await this.#readFallbackIndex(question.repository, tag);
    const { artifactType, last = "" } = question;
    const existing = await this.#filterExisting(question.repository, listed);
    return listed.filter(
      (referrer) =>
        existing.has(referrer.digest) &&
        referrer.digest > last &&
        (artifactType === undefined || referrer.artifactType === artifactType),
    );
  }

  /** A referrer that was deleted is gone from the list at once, whatever the old tag still says. */
  async #filterExisting(
    repository: RepositoryName,
    listed: readonly ReferrerDescriptor[],
  ): Promise<ReadonlySet<Digest>> {
    const { reader } = this.#database;
    const repositoryId = listed.length === 0 ? undefined : await findRepository(reader, repository);
    if (repositoryId === undefined) return new Set();
    const digests = listed.map((referrer) => referrer.digest);
    return await filterKnownManifests(reader, repositoryId, digests);
  }

  async #readFallbackIndex(
    repository: RepositoryName,
    tag: Tag,
  ): Promise<readonly ReferrerDescriptor[]> {
    try {
      const manifest = await this.#manifests.get(repository, { kind: "tag", tag });
      if (!isIndexMediaType(manifest.mediaType)) return [];
      const document: unknown = JSON.parse(manifest.payload.toString("utf8"));
      const listed = isJsonObject(document) ? document.manifests : undefined;
      return Array.isArray(listed) ? listed.filter(isReferrer) : [];
    } catch (cause) {
      // No such tag or repository: nothing was listed the old way.
      if (cause instanceof OciError) return [];
      throw cause;
    }
  }
}

function isReferrer(value: unknown): value is ReferrerDescriptor {
  return isJsonObject(value) && typeof value.digest === "string" && isDigest(value.digest);
}

/** An index without a type of its own has none: its `artifact_type` column is empty then. */
function toDescriptor(row: ReferrerRow): ReferrerDescriptor {
  return {
    mediaType: row.mediaType,
    digest: row.digest,
    size: row.size,
    ...(row.artifactType === null ? {} : { artifactType: row.artifactType }),
    ...(row.annotations === undefined ? {} : { annotations: row.annotations }),
  };
}

/** What the database knows wins over what a client once wrote. */
function mergeByDigest(
  known: readonly ReferrerDescriptor[],
  fallback: readonly ReferrerDescriptor[],
): readonly ReferrerDescriptor[] {
  if (fallback.length === 0) return known;
  const merged = new Map<Digest, ReferrerDescriptor>();
  for (const referrer of [...fallback, ...known]) merged.set(referrer.digest, referrer);
  return [...merged.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1));
}
