import { setImmediate } from "node:timers/promises";
import type { Caller, Journal } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { compilePattern, type LinearPattern, PatternError } from "../../lib/linear-pattern.ts";
import type { Tag } from "../../oci/tag.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import { listTagNames } from "../../registry/index.ts";
import { findRepository, type Repository, type RepositoryId } from "../../repositories/index.ts";
import type { LifecycleTables } from "../tables.ts";
import {
  findImmutableTags,
  type ImmutableTags,
  listImmutableTags,
  saveImmutableTags,
} from "./immutable-tags-store.ts";

interface TagRulesDeps {
  readonly database: Database<LifecycleTables>;
  readonly journal: Journal;
}

const PATTERNS = 32;
/** Tags that are looked at between two turns of everybody else. */
const STEP = 250;
/** A preview of a rule shows so many tags, and looks at so many at most. */
const SHOWN = 1000;
const LOOKED_AT = 20_000;

/** What repositories say about their tags. Whether the caller may was decided before. */
export class TagRules {
  readonly #deps: TagRulesDeps;

  constructor(deps: TagRulesDeps) {
    this.#deps = deps;
  }

  async find(repository: RepositoryId): Promise<ImmutableTags> {
    return await findImmutableTags(this.#deps.database.reader, repository);
  }

  /** Of these repositories, those about which something was said. */
  async list(
    repositories: readonly RepositoryId[],
  ): Promise<ReadonlyMap<RepositoryId, ImmutableTags>> {
    return await listImmutableTags(this.#deps.database.reader, repositories);
  }

  /** Patterns that are not given stay. Throws PATTERN_INVALID, or NOT_FOUND if the repository went or moved meanwhile. */
  async set(
    { id, name }: Repository,
    wish: { readonly isEnabled: boolean; readonly patterns: readonly string[] | undefined },
    { by, origin }: Caller,
  ): Promise<ImmutableTags> {
    const given = wish.patterns && [...new Set(wish.patterns)];
    assertPatterns(given ?? []);
    return await this.#deps.database.write(async (trx) => {
      if ((await findRepository(trx, name)) !== id) throw new ProblemError(PROBLEMS.NOT_FOUND);
      const before = await findImmutableTags(trx, id);
      const after = { isEnabled: wish.isEnabled, patterns: given ?? before.patterns };
      await saveImmutableTags(trx, id, after);
      const [account = ""] = name.split("/", 1);
      const action = "repo.immutable.tags.updated";
      const change = { before: toEntry(before), after: toEntry(after) };
      await this.#deps.journal.record(trx, { action, by, origin, account, name, ...change });
      return after;
    });
  }

  /** Tags that such a rule would hold, in byte order, as far as it looks. Throws PATTERN_INVALID. */
  async preview({ id }: Repository, source: string): Promise<readonly Tag[]> {
    const pattern = parsePattern(source);
    const found: Tag[] = [];
    let last: Tag | undefined;
    for (let seen = 0; seen < LOOKED_AT && found.length < SHOWN; seen += STEP) {
      const page = { last, limit: STEP };
      const names = await listTagNames(this.#deps.database.reader, id, page);
      found.push(...names.filter((name) => pattern.matches(name)));
      if (names.length < STEP) break;
      last = names.at(-1);
      await setImmediate();
    }
    return found.slice(0, SHOWN);
  }
}

function assertPatterns(patterns: readonly string[]): void {
  if (patterns.length > PATTERNS) throw unfit(`a repository has at most ${PATTERNS} patterns`);
  for (const source of patterns) parsePattern(source);
}

function parsePattern(source: string): LinearPattern {
  try {
    return compilePattern(source);
  } catch (cause) {
    if (cause instanceof PatternError) throw unfit(cause.message, cause);
    throw cause;
  }
}

function unfit(detail: string, cause?: unknown): ProblemError {
  return new ProblemError(PROBLEMS.PATTERN_INVALID, { detail, cause });
}

function toEntry({ isEnabled: enabled, patterns: rules }: ImmutableTags) {
  return { enabled, rules };
}
