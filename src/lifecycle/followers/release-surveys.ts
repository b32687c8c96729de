import { setImmediate as nextTurn } from "node:timers/promises";
import type { Kysely } from "kysely";
import { BoundedCache } from "../../lib/bounded-cache.ts";
import type { Tag } from "../../oci/tag.ts";
import { findLastEventId, listMovesSince, listTagNamesBelow } from "../../registry/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { LifecycleTables } from "../tables.ts";
import type { AliasRule } from "../tag-rules/rules.ts";
import { findJump, findNewest, listReleaseRanges, type NameRange } from "./aliases.ts";

type Db = Kysely<LifecycleTables>;

/** Which releases are looked for. */
export interface SurveyWish {
  readonly repositoryId: RepositoryId;
  readonly alias: Tag;
  readonly rule: AliasRule;
}

interface Survey {
  readonly newest: Tag | undefined;
  /** The last move of any tag in the hub, before the first tag was looked at. */
  readonly seen: number;
}

/** Of names: it grows while nothing can be passed over. */
const PAGE = { first: 100, largest: 2000 };
const REMEMBERED = 1024;
/** Moves in the whole hub since a survey: more of them than these are not read through in a push's transaction. */
const MOVES = 10_000;

/**
 * Looks through the tags of a repository for the newest release that an alias could stand for. In a repository of a million
 * tags that can take seconds, so it is done before the transaction of a push, where nobody waits for it but who pushes there;
 * the transaction then only adds what has moved since. Where nobody looked before, or too long ago, it looks itself.
 */
export class ReleaseSurveys {
  readonly #reader: Db;
  readonly #known = new BoundedCache<Survey>(REMEMBERED);
  readonly #running = new Map<string, Promise<void>>();

  constructor(reader: Db) {
    this.#reader = reader;
  }

  /** Many who ask for the same wait for one survey. */
  async prepare(wish: SurveyWish): Promise<void> {
    const key = keyOf(wish);
    const running = this.#running.get(key);
    if (running !== undefined) return await running;
    const known = this.#known.get(key);
    if (known !== undefined && (await listNew(this.#reader, wish, known)) !== undefined) return;
    const survey = this.#survey(key, wish).finally(() => this.#running.delete(key));
    this.#running.set(key, survey);
    await survey;
  }

  /** In a transaction: exactly what is there now. At least `than`, if that is given. */
  async findNewest(trx: Db, wish: SurveyWish, than: Tag | undefined): Promise<Tag | undefined> {
    const known = this.#known.get(keyOf(wish));
    const moved = known && (await listNew(trx, wish, known));
    if (known === undefined || moved === undefined) return await walk(trx, { ...wish, than });
    const newest = findNewest(known.newest === undefined ? [] : [known.newest], { ...wish, than });
    return findNewest(moved, { ...wish, than: newest });
  }

  async #survey(key: string, wish: SurveyWish): Promise<void> {
    const { version } = this.#known;
    const seen = await findLastEventId(this.#reader);
    const newest = await walk(this.#reader, { ...wish, than: undefined, pause: nextTurn });
    this.#known.fill(key, { value: { newest, seen }, weight: 1, version });
  }
}

function keyOf({ repositoryId, alias, rule }: SurveyWish): string {
  const { minor, major, latest } = rule;
  return JSON.stringify([repositoryId, alias, minor, major, latest]);
}

/** Tags that came since the survey; undefined if it tells nothing any more, as also when one went that it may have counted. */
async function listNew(
  db: Db,
  { repositoryId }: SurveyWish,
  { seen }: Survey,
): Promise<readonly Tag[] | undefined> {
  if ((await findLastEventId(db)) - seen > MOVES) return undefined;
  const moves = await listMovesSince(db, repositoryId, seen);
  return moves.some(({ isDeletion }) => isDeletion) ? undefined : moves.map(({ tag }) => tag);
}

/** From the last name down, so that what is older than the newest can be passed over. */
async function walk(
  db: Db,
  {
    repositoryId,
    alias,
    rule,
    than,
    pause,
  }: SurveyWish & {
    readonly than: Tag | undefined;
    /** Lets others have a turn. */
    readonly pause?: () => Promise<unknown>;
  },
): Promise<Tag | undefined> {
  let newest = than;
  for (const range of listReleaseRanges(alias)) {
    let { below }: NameRange = range;
    let limit = PAGE.first;
    for (;;) {
      const names = await listTagNamesBelow(db, repositoryId, { ...range, below, limit });
      newest = findNewest(names, { alias, rule, than: newest });
      const last = names.at(-1);
      if (last === undefined || names.length < limit) break;
      const jump = findJump(last, newest);
      below = jump ?? last;
      limit = jump === undefined ? Math.min(limit * 2, PAGE.largest) : PAGE.first;
      await pause?.();
    }
  }
  return newest;
}
