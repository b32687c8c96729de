import type { Kysely } from "kysely";
import type { Journal } from "../../access/index.ts";
import { scanEvent } from "../../contract/events.ts";
import type { OfficialAttention } from "../../contract/official.ts";
import type { ScanFinding, Severity } from "../../contract/scans.ts";
import type { NamespaceId } from "../../namespaces/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { type OutboxTables, recordEvent } from "../../platform/jobs/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import { isAsBad } from "../../scanning/index.ts";
import { listImages, type OfficialImage, setAttention } from "./images-store.ts";
import type { OfficialTables } from "./official-tables.ts";
import { parseDefinition } from "./parse-definition.ts";
import { HUB, NO_ORIGIN } from "./staging/finish-checks.ts";
import { findSubmission, type Submission } from "./submissions-store.ts";

/** What the hub has found in images of its library. */
export interface LibraryFindings {
  /** Changes whenever the findings of one of these images may have. */
  readonly findStamp: (digests: readonly string[]) => Promise<string>;
  /** Those that count in `library/NAME`, of an index those of its images; undefined where it has no such repository. */
  readonly find: (
    name: string,
    digest: string,
  ) => Promise<
    { readonly repositoryId: RepositoryId; readonly findings: readonly ScanFinding[] } | undefined
  >;
}

export interface FindingsWatchDeps {
  readonly database: Database<OfficialTables>;
  readonly journal: Journal;
  readonly findings: LibraryFindings;
  /** This and worse, where a newer package mends it. */
  readonly attentionFrom: Severity;
  /** Whether any webhook wants to hear of it. */
  readonly wantsFindings: () => boolean;
  /** Tells its maintainers, in the transaction that notes it. */
  readonly writeToMaintainers: (trx: unknown, news: AttentionNews) => Promise<void>;
  readonly clock: () => Date;
}

/** What was found in an image and not known of it before. */
export interface AttentionNews {
  /** Such as `debian`. */
  readonly name: string;
  readonly author: NamespaceId;
  /** As its definition names them. */
  readonly maintainers: readonly string[];
  readonly findings: readonly OfficialAttention[];
}

const TOLD_MOST = 100;

/** Which published images need a rebuild for what was found in them since. */
export class FindingsWatch {
  readonly #deps: FindingsWatchDeps;
  readonly #seen = new Map<string, string>();

  constructor(deps: FindingsWatchDeps) {
    this.#deps = deps;
  }

  /** Looks at those whose scans changed since it looked; `all` at the others too, for what people decided about findings. */
  async look({ all }: { readonly all: boolean }): Promise<void> {
    const { database, findings } = this.#deps;
    for (const image of await listImages(database.reader)) {
      if (image.status === "retired") continue;
      const published = await findSubmission(database.reader, image.submissionId);
      const digests = (published?.images ?? []).map(({ digest }) => digest);
      const stamp = `${image.submissionId} ${await findings.findStamp(digests)}`;
      if (!all && this.#seen.get(image.name) === stamp) continue;
      if (published !== undefined) await this.#lookAt(image, published);
      this.#seen.set(image.name, stamp);
    }
  }

  async #lookAt(
    image: OfficialImage,
    { images, authorId: author, definition }: Submission,
  ): Promise<void> {
    const { findings, attentionFrom, database } = this.#deps;
    const found: { readonly told: Told; readonly attention: readonly OfficialAttention[] }[] = [];
    for (const { digest, tags } of images) {
      const known = await findings.find(image.name, digest);
      if (known === undefined) continue;
      const attention = toAttention(known.findings, { digest, from: attentionFrom });
      found.push({ told: { repositoryId: known.repositoryId, digest, tags }, attention });
    }
    const all = found.flatMap(({ attention }) => attention);
    const before = new Set(image.attention.map(keyOf));
    if (all.length === before.size && all.every((one) => before.has(keyOf(one)))) return;
    await database.write(async (trx) => {
      // It is another image by now, which is looked at by itself.
      if (!(await setAttention(trx, image, all))) return;
      const fresh = all.filter((one) => !before.has(keyOf(one)));
      if (fresh.length === 0) return;
      await this.#record(trx, image, fresh);
      const { maintainers } = parseDefinition(definition).definition;
      const news = { name: image.name, author, maintainers, findings: distinct(fresh) };
      await this.#deps.writeToMaintainers(trx, news);
      for (const { told, attention } of found) {
        const news = attention.filter((one) => !before.has(keyOf(one)));
        if (news.length > 0) await this.#tell(trx, image, { ...told, news });
      }
    });
  }

  async #record(
    trx: Kysely<OfficialTables>,
    { name, submissionId }: OfficialImage,
    fresh: readonly OfficialAttention[],
  ): Promise<void> {
    const findings = [...new Set(fresh.map(({ id }) => id))].slice(0, TOLD_MOST);
    await this.#deps.journal.record(trx, {
      ...{ action: "official.attention", by: HUB, origin: NO_ORIGIN, account: "library" },
      ...{ name: `library/${name}`, after: { submission: submissionId, findings } },
    });
  }

  async #tell(
    trx: Kysely<OfficialTables>,
    { name }: OfficialImage,
    told: Told & { readonly news: readonly OfficialAttention[] },
  ): Promise<void> {
    if (!this.#deps.wantsFindings()) return;
    const { repositoryId, digest, tags, news } = told;
    const findings = news
      .slice(0, TOLD_MOST)
      .map(({ id, severity, package: of, version, fixedVersion }) => ({
        ...{ id, severity, package: of, version, fixedVersion },
      }));
    const payload = {
      ...{ repository: `library/${name}`, repositoryId, digest, tags: [...tags], findings },
      reason: "it needs a rebuild: newer packages mend what was found in it",
    };
    const event = scanEvent("official.attention", payload, this.#deps.clock());
    await recordEvent(trx as unknown as Kysely<OutboxTables>, event);
  }
}

interface Told {
  readonly repositoryId: RepositoryId;
  readonly digest: string;
  readonly tags: readonly string[];
}

/** What is as bad as that, and mended by a newer package. */
function toAttention(
  findings: readonly ScanFinding[],
  { digest, from }: { readonly digest: string; readonly from: Severity },
): OfficialAttention[] {
  return findings.flatMap(({ id, severity, package: { name, version }, fixedVersion }) =>
    fixedVersion === null || !isAsBad({ severity }, from)
      ? []
      : [{ id, severity, package: name, version, fixedVersion, digest }],
  );
}

/** One of each package: several images of a definition have the same. */
function distinct(all: readonly OfficialAttention[]): readonly OfficialAttention[] {
  return [...new Map(all.map((one) => [`${one.id} ${one.package} ${one.version}`, one])).values()];
}

function keyOf({ id, package: name, version, digest }: OfficialAttention): string {
  return [id, name, version, digest].join(" ");
}
