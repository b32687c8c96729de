import { setTimeout as turn } from "node:timers/promises";
import type { Principal } from "../../access/index.ts";
import type { Tag } from "../../oci/tag.ts";
import type { Database } from "../../platform/db/index.ts";
import { findTag, listTagNames } from "../../registry/index.ts";
import type { Repository } from "../../repositories/index.ts";
import type { LifecycleTables } from "../tables.ts";
import { createJudge, type Judge, type TagRefusal } from "./judge.ts";
import { hasOverride } from "./overrides-store.ts";
import { parsePattern } from "./rule-change.ts";
import { combineLevels } from "./rules.ts";
import { listLevels } from "./tag-rules-store.ts";

/** Tags that are read at once. */
const PAGE = 250;
/** A preview of a pattern shows so many tags, and looks at so many at most. */
const SHOWN = 1000;
const LOOKED_AT = 20_000;
/** Everybody else has a turn after so long, whatever the pattern costs; and a preview ends after this much work. */
const TURN_MS = 10;
const WORK_MS = 1000;

export interface Trial {
  readonly tag: Tag;
  readonly exists: boolean;
  readonly push: TagRefusal | undefined;
  readonly delete: TagRefusal | undefined;
}

/** What would happen to tags, without doing it. */
export class TagTrials {
  readonly #database: Pick<Database<LifecycleTables>, "reader">;
  readonly #judge: Judge;
  readonly #clock: () => Date;

  constructor(deps: {
    readonly database: Pick<Database<LifecycleTables>, "reader">;
    readonly clock: () => Date;
  }) {
    this.#database = deps.database;
    this.#clock = deps.clock;
    this.#judge = createJudge(deps);
  }

  /** If the principal pushed another image to these tags, or deleted them. */
  async try(
    { id, name }: Pick<Repository, "id" | "name">,
    { tags, principal }: { readonly tags: readonly Tag[]; readonly principal: Principal },
  ): Promise<readonly Trial[]> {
    const { reader } = this.#database;
    const rules = combineLevels(await listLevels(reader, id));
    const trials: Trial[] = [];
    for (const tag of tags) {
      const exists = (await findTag(reader, id, tag)) !== undefined;
      const by = { kind: "caller", principal } as const;
      const question = { repository: name, repositoryId: id, tag, by };
      const ask = async (deed: "create" | "move" | "delete") => {
        const refusal = await this.#judge(reader, rules, { ...question, deed });
        if (refusal?.code !== "TAG_IMMUTABLE") return refusal;
        const place = { repository: id, tag, now: this.#clock() };
        return (await hasOverride(reader, place)) ? undefined : refusal;
      };
      trials.push({
        ...{ tag, exists },
        push: await ask(exists ? "move" : "create"),
        delete: exists ? await ask("delete") : undefined,
      });
      await turn(0);
    }
    return trials;
  }

  /** Tags that such a rule would hold, in byte order, as far as it looks. Throws PATTERN_INVALID. */
  async preview({ id }: Pick<Repository, "id">, source: string): Promise<readonly Tag[]> {
    const pattern = parsePattern(source);
    const found: Tag[] = [];
    const work = new Work();
    let last: Tag | undefined;
    for (let seen = 0; seen < LOOKED_AT && found.length < SHOWN; seen += PAGE) {
      const names = await listTagNames(this.#database.reader, id, { last, limit: PAGE });
      for (const name of names) {
        if (pattern.matches(name)) found.push(name);
        if (await work.isEnough()) return found.slice(0, SHOWN);
      }
      if (names.length < PAGE) break;
      last = names.at(-1);
    }
    return found.slice(0, SHOWN);
  }
}

/** Counts the time that was worked, and lets others in between. */
class Work {
  #begun = performance.now();
  #done = 0;

  async isEnough(): Promise<boolean> {
    const worked = performance.now() - this.#begun;
    if (worked < TURN_MS) return false;
    this.#done += worked;
    await turn(0);
    this.#begun = performance.now();
    return this.#done >= WORK_MS;
  }
}
