import type { Kysely } from "kysely";
import { ANONYMOUS } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { Tag } from "../../oci/tag.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import { listTagNames } from "../../registry/index.ts";
import type { Repository } from "../../repositories/index.ts";
import type { LifecycleTables } from "../tables.ts";
import { createJudge, type Question } from "./judge.ts";
import { combineLevels, type RuleLevel, type RulesInForce } from "./rules.ts";
import { listLevels } from "./tag-rules-store.ts";

type Deed = Question["deed"];

const PAGE = 1000;
/** The transaction has others waiting. A repository of more tags counts as holding one. */
const LOOKED_AT = 20_000;

/**
 * Throws RULE_LOCKED while a level above has locked that a tag of the repository is immutable, or who may delete it: whoever
 * cannot change the rule must not get around it by deleting the whole repository, or by taking it to where the rule does not
 * hold. Who may delete a protected tag deletes it first.
 */
export async function assertNothingLocked(
  trx: Kysely<LifecycleTables>,
  { id, name }: Pick<Repository, "id" | "name">,
  { leaves, clock }: { readonly leaves: "hub" | "namespace"; readonly clock: () => Date },
): Promise<void> {
  const inForce = combineLevels(await listLevels(trx, id));
  // Whoever asks for the former name is led to the new one: a push there must not be a way around either.
  const deeds: readonly Deed[] = leaves === "hub" ? ["delete"] : ["delete", "move"];
  for (const kind of ["immutable", "protected"] as const) {
    const rule = inForce[kind];
    // What the hub says holds in every namespace.
    const isLeft = rule?.level !== "hub" || leaves === "hub";
    if (rule?.isLocked !== true || !isLeft) continue;
    const held = await findHeld(trx, { id, name }, { rules: { [kind]: rule }, deeds, clock });
    if (held !== undefined) throw locked(name, { held, kind, level: rule.level });
  }
}

function locked(
  name: Repository["name"],
  {
    held,
    kind,
    level,
  }: { readonly held: string; readonly kind: string; readonly level: RuleLevel },
): ProblemError {
  const [namespace = ""] = name.split("/", 1);
  const [who, command] =
    level === "hub" ? ["the hub", "hub rules"] : [namespace, `org rules ${namespace}`];
  const detail = `${name} holds ${held}, and ${who} has locked which tags are ${kind}: it can be neither deleted nor given away until that is unlocked (berth ${command} ... --unlock)`;
  return new ProblemError(PROBLEMS.RULE_LOCKED, { detail });
}

async function findHeld(
  trx: Kysely<LifecycleTables>,
  { id, name }: Pick<Repository, "id" | "name">,
  facts: {
    readonly rules: RulesInForce;
    readonly deeds: readonly Deed[];
    readonly clock: () => Date;
  },
): Promise<string | undefined> {
  const { rules, deeds } = facts;
  const judge = createJudge(facts);
  const by = { kind: "caller", principal: ANONYMOUS } as const;
  let last: Tag | undefined;
  for (let seen = 0; seen < LOOKED_AT; seen += PAGE) {
    const tags = await listTagNames(trx, id, { last, limit: PAGE });
    for (const tag of tags) {
      for (const deed of deeds) {
        const question = { repository: name, repositoryId: id, tag, deed, by } as const;
        if ((await judge(trx, rules, question)) !== undefined) return `tag ${tag}`;
      }
    }
    if (tags.length < PAGE) return undefined;
    last = tags.at(-1);
  }
  return `more than ${LOOKED_AT.toLocaleString("en")} tags`;
}
