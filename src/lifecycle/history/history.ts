import type { Caller, TagRule } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { OCI_ERRORS, OciError, OciErrors } from "../../oci/error.ts";
import { isTag, type Tag } from "../../oci/tag.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type {
  ImageReader,
  PastTag,
  Restored,
  Restorer,
  Restoring,
  TagHistory,
} from "../../registry/index.ts";
import type { Repository } from "../../repositories/index.ts";
import type { HistoryAccess } from "./history-access.ts";
import { compareImages, type ImageFacts } from "./image-difference.ts";

interface HistoryDeps {
  readonly tagHistory: TagHistory;
  readonly restorer: Restorer;
  readonly images: ImageReader;
  readonly access: HistoryAccess;
  /** How long moves are kept; undefined for ever. */
  readonly keepMs: number | undefined;
  readonly clock: () => Date;
}

type Place = Repository & { readonly tagRules: readonly TagRule[] | undefined };

export interface RestorationWish {
  readonly tag: string;
  readonly digest?: string | undefined;
  readonly at?: string | undefined;
}

/** Going back in time. Whether the caller may see the repository was decided before. */
export class History {
  readonly #deps: HistoryDeps;

  constructor(deps: HistoryDeps) {
    this.#deps = deps;
  }

  /** Throws NOT_KEPT for a time of which the history says nothing any more. */
  parseTime(text: string | undefined): Date {
    const { keepMs, clock } = this.#deps;
    const at = text === undefined ? clock() : new Date(text);
    if (Number.isNaN(at.getTime()))
      throw new ProblemError(PROBLEMS.NOT_FOUND, {
        detail: `"${text}" is neither a time nor a digest`,
      });
    if (keepMs !== undefined && at.getTime() < clock().getTime() - keepMs) {
      const detail = "the history of tags does not reach back that far (history.keep)";
      throw new ProblemError(PROBLEMS.NOT_KEPT, { detail });
    }
    return at;
  }

  /** Throws NOT_FOUND if there was no such tag then. */
  async getAt({ id, name }: Repository, tag: string, at: Date): Promise<PastTag> {
    const found = isTag(tag)
      ? await this.#deps.tagHistory.findAt({ repositoryId: id, tag }, at)
      : undefined;
    if (found !== undefined) return found;
    const detail = `${name} had no tag ${tag} at ${at.toISOString()}`;
    throw new ProblemError(PROBLEMS.NOT_FOUND, { detail });
  }

  /** Compares two points of a tag's history, each a digest or a time. Throws NOT_FOUND or NOT_KEPT. */
  async compare(
    place: Repository,
    { tag, from, to }: { tag: string; from: string | undefined; to: string | undefined },
  ) {
    return compareImages(
      await this.#getImage(place, tag, from),
      await this.#getImage(place, tag, to),
    );
  }

  async #getImage(place: Repository, tag: string, point: string | undefined): Promise<ImageFacts> {
    const digest =
      point !== undefined && isDigest(point)
        ? point
        : (await this.getAt(place, tag, this.parseTime(point))).digest;
    const found = await this.#deps.images.find(place.id, digest);
    if (found !== undefined) return found;
    const detail = `${place.name} does not have ${digest}`;
    throw new ProblemError(PROBLEMS.NOT_KEPT, { detail });
  }

  /** Lets a tag name again what it named, or any manifest of the repository. Throws what a push is refused with. */
  async restoreTag(
    place: Place,
    wish: RestorationWish,
    caller: Caller,
  ): Promise<Restored & { readonly tag: Tag; readonly digest: Digest }> {
    const { tag } = wish;
    if (!isTag(tag)) throw new ProblemError(PROBLEMS.NOT_FOUND);
    const digest = await this.#getTarget(place, { ...wish, tag });
    const to = await this.#asRestoring(place, caller);
    const done = await told(this.#deps.restorer.restoreTag(to, { tag, digest }));
    return { ...done, tag, digest };
  }

  async restoreManifest(place: Place, digest: string, caller: Caller): Promise<Restored> {
    if (!isDigest(digest)) throw new ProblemError(PROBLEMS.NOT_FOUND);
    const to = await this.#asRestoring(place, caller);
    return await told(this.#deps.restorer.restoreManifest(to, digest));
  }

  async #getTarget(place: Place, wish: RestorationWish & { readonly tag: Tag }): Promise<Digest> {
    const { tag, digest, at } = wish;
    if (digest !== undefined) {
      if (isDigest(digest)) return digest;
      throw new ProblemError(PROBLEMS.NOT_FOUND, { detail: `${digest} is not a digest` });
    }
    if (at !== undefined) return (await this.getAt(place, tag, this.parseTime(at))).digest;
    const lost = await this.#deps.tagHistory.findLost({ repositoryId: place.id, tag });
    if (lost !== undefined) return lost.digest;
    const detail = `${place.name} has no deleted tag ${tag}; say what it shall name`;
    throw new ProblemError(PROBLEMS.NOT_KEPT, { detail });
  }

  async #asRestoring(place: Place, caller: Caller): Promise<Restoring> {
    const { id, name, tagRules } = place;
    return {
      ...{ repository: name, repositoryId: id, tagRules },
      principal: caller.by,
      origin: caller.origin,
      mayUndelete: await this.#deps.access.may(caller, name, "delete"),
    };
  }
}

/** The registry's refusals in the words of this API. */
async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof OciErrors)
      throw new ProblemError(PROBLEMS.NOT_KEPT, { detail: cause.message, cause });
    if (!(cause instanceof OciError)) throw cause;
    const { code, message: detail } = cause;
    if (code === "DENIED") throw new ProblemError(PROBLEMS.DENIED, { detail, cause });
    if (code === "MANIFEST_UNKNOWN") throw new ProblemError(PROBLEMS.NOT_KEPT, { detail, cause });
    throw new ProblemError({ status: OCI_ERRORS[code].status, title: detail }, { cause });
  }
}
