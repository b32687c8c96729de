import type { Kysely } from "kysely";
import { ANONYMOUS } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import { listTagNames } from "../../registry/index.ts";
import type { Repository } from "../../repositories/index.ts";
import type { LifecycleTables } from "../tables.ts";
import { createJudge } from "./judge.ts";
import { combineLevels, type ImmutableRule, type InForce } from "./rules.ts";
import { listLevels } from "./tag-rules-store.ts";

/** More tags than these are not looked at one by one: the repository counts as holding one that is immutable. */
const LOOKED_AT = 1000;

/**
 * Throws RULE_LOCKED while a level above has locked that a tag of the repository is immutable: whoever cannot change the rule
 * must not get around it by deleting the whole repository, or by taking it to where the rule does not hold.
 */
export async function assertNothingLocked(
  trx: Kysely<LifecycleTables>,
  { id, name }: Pick<Repository, "id" | "name">,
  { leaves, clock }: { readonly leaves: "hub" | "namespace"; readonly clock: () => Date },
): Promise<void> {
  const { immutable } = combineLevels(await listLevels(trx, id));
  if (immutable === undefined || !immutable.isLocked) return;
  // What the hub says holds in every namespace.
  if (immutable.level === "hub" && leaves === "namespace") return;
  const held = await findHeld(trx, { id, name }, { immutable, clock });
  if (held === undefined) return;
  const [namespace = ""] = name.split("/", 1);
  const [who, command] =
    immutable.level === "hub" ? ["the hub", "hub rules"] : [namespace, `org rules ${namespace}`];
  const detail = `${name} holds ${held}, and ${who} has locked which tags are immutable: it can be neither deleted nor given away until that is unlocked (berth ${command} ... --unlock)`;
  throw new ProblemError(PROBLEMS.RULE_LOCKED, { detail });
}

async function findHeld(
  trx: Kysely<LifecycleTables>,
  { id, name }: Pick<Repository, "id" | "name">,
  { immutable, clock }: { readonly immutable: InForce<ImmutableRule>; readonly clock: () => Date },
): Promise<string | undefined> {
  const judge = createJudge({ clock });
  const by = { kind: "caller", principal: ANONYMOUS } as const;
  const tags = await listTagNames(trx, id, { last: undefined, limit: LOOKED_AT });
  if (tags.length === LOOKED_AT) return `more than ${LOOKED_AT - 1} tags`;
  for (const tag of tags) {
    const question = { repository: name, repositoryId: id, tag, deed: "delete", by } as const;
    if ((await judge(trx, { immutable }, question)) !== undefined) return `tag ${tag}`;
  }
  return undefined;
}
