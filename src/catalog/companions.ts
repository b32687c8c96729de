import type { Expression, ExpressionBuilder, SqlBool } from "kysely";
import type { Tag } from "../oci/tag.ts";
import type { PullTables } from "../pulls/index.ts";

/** Leaves out tags such as `sha256-<hex>.sig`, which belong to other tags: what `rootOfCompanion` knows, as far as SQL can say it. */
export function isNoCompanion(is: ExpressionBuilder<PullTables, "tags">): Expression<SqlBool> {
  return is.not(
    is.and([
      is("tags.name", "like", `sha256-${"_".repeat(64)}%` as Tag),
      is.or([
        is(is.fn<number>("length", ["tags.name"]), "=", 71),
        is("tags.name", "like", "%.sig" as Tag),
        is("tags.name", "like", "%.att" as Tag),
        is("tags.name", "like", "%.sbom" as Tag),
      ]),
    ]),
  );
}
