import type { Kysely } from "kysely";
import type { NamespaceId } from "../../namespaces/index.ts";
import { describeTagHolder, findTagHolder, type TagHolder } from "../../organizations/index.ts";
import type { LifecycleTables } from "../tables.ts";
import { type ProtectionWish, unfit } from "./rule-change.ts";
import type { ProtectedRule, Protection } from "./rules.ts";

type Db = Kysely<LifecycleTables>;

/** A line of a rule, as people write and read it. */
export interface DescribedProtection {
  readonly tags: string;
  readonly push: readonly string[] | null;
  readonly delete: readonly string[] | null;
}

/** Finds whom the lines name. Throws PATTERN_INVALID for who is not there. */
export async function findProtections(
  trx: Db,
  lines: readonly ProtectionWish[],
  namespace: NamespaceId | undefined,
): Promise<ProtectedRule> {
  const find = async (names: readonly string[] | null | undefined) => {
    const holders: TagHolder[] = [];
    for (const name of new Set(names ?? [])) {
      const holder = await findTagHolder(trx, name, namespace);
      if (holder === undefined) {
        const detail = `there is nobody called ${JSON.stringify(name)} here: write a user's name, team:release, role:owner, robot:ci, token:ci or administrators`;
        throw unfit(detail);
      }
      holders.push(holder);
    }
    return names === null || names === undefined ? undefined : holders;
  };
  const found: Protection[] = [];
  for (const line of lines) {
    const push = await find(line.push);
    found.push({ tags: line.tags, push, delete: await find(line.delete) });
  }
  return { lines: found };
}

export async function describeProtections(
  db: Db,
  { lines }: ProtectedRule,
): Promise<readonly DescribedProtection[]> {
  const describe = async (holders: readonly TagHolder[] | undefined) =>
    holders === undefined
      ? null
      : await Promise.all(holders.map((holder) => describeTagHolder(db, holder)));
  return await Promise.all(
    lines.map(async ({ tags, push, delete: deletion }) => ({
      tags,
      push: await describe(push),
      delete: await describe(deletion),
    })),
  );
}
