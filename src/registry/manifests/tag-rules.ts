import { matchesText, type TagRule } from "../../access/index.ts";
import type { Digest } from "../../oci/digest.ts";
import { OciError } from "../../oci/error.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { Tag } from "../../oci/tag.ts";

/**
 * Throws DENIED unless the caller's right covers the tag. Asked in the transaction that moves it: two pushes that both
 * create a tag cannot both have found it absent (CVE-2026-31801).
 */
export function assertTagRules(
  push: { readonly repository: RepositoryName; readonly tagRules: readonly TagRule[] | undefined },
  wish: { readonly tag: Tag; readonly current: Digest | undefined },
): void {
  const { repository, tagRules } = push;
  if (tagRules === undefined) return;
  const fitting = tagRules.filter(({ tags }) => matchesText(tags, wish.tag));
  if (fitting.some(({ createOnly }) => !createOnly || wish.current === undefined)) return;
  const message =
    fitting.length > 0
      ? `tag ${wish.tag} of ${repository} is there already, and your right to push creates tags only`
      : `your right to push to ${repository} is for tags like ${tagRules.map(({ tags }) => tags).join(", ")}; ${wish.tag} is not one`;
  throw new OciError("DENIED", { tag: wish.tag }, { message });
}
