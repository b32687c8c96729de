import type { Kysely } from "kysely";
import { BoundedCache } from "../../lib/bounded-cache.ts";
import { compilePattern, type LinearPattern } from "../../lib/linear-pattern.ts";
import { OciError } from "../../oci/error.ts";
import type { Tag } from "../../oci/tag.ts";
import type { TagKeeper } from "../../registry/index.ts";
import type { LifecycleTables } from "../tables.ts";
import { findImmutableTags } from "./immutable-tags-store.ts";

const CACHED_PATTERNS = 1024;

/**
 * Holds tags to the rules of their repository, which one indexed read in the caller's transaction finds: a rule that was
 * answered binds whatever commits after it. A rule that cannot be read refuses the move.
 */
export function createTagKeeper(): TagKeeper {
  const compiled = new BoundedCache<LinearPattern>(CACHED_PATTERNS);
  return {
    async assertMayMove(trx, { repository, repositoryId, tags }) {
      if (tags.length === 0) return;
      const db = trx as unknown as Kysely<LifecycleTables>;
      const { isEnabled, patterns } = await findImmutableTags(db, repositoryId);
      if (!isEnabled) return;
      for (const tag of tags) {
        const rule = patterns.length === 0 ? "all tags" : findRule(patterns, tag);
        if (rule === undefined) continue;
        const message = `tag ${tag} of ${repository} is immutable (${rule}) and can be neither moved nor deleted: push another tag, or an admin of ${repository} can change the rule`;
        throw new OciError("TAG_IMMUTABLE", { tag }, { message });
      }
    },
  };

  function findRule(patterns: readonly string[], tag: Tag): string | undefined {
    const found = patterns.find((source) => open(source).matches(tag));
    return found === undefined ? undefined : `rule ${JSON.stringify(found)}`;
  }

  function open(source: string): LinearPattern {
    const known = compiled.get(source);
    if (known !== undefined) return known;
    const { version } = compiled;
    const value = compilePattern(source);
    compiled.fill(source, { value, weight: 1, version });
    return value;
  }
}
