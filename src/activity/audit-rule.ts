import type { Caller } from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { ProblemError } from "../platform/http/api/index.ts";

export interface AuditRule {
  /**
   * From when on what is on record under the account's name concerns that account, and not one that had the name before.
   * Throws NOT_FOUND or DENIED unless the caller may look at it.
   */
  readonly findAuditedSince: (caller: Caller, account: string) => Promise<Date>;
}

/** From when on the caller may look; undefined for all there is. Throws DENIED, or what `findAuditedSince` throws. */
export async function findAuditedFrom(
  deps: AuditRule,
  caller: Caller,
  { account, from }: { readonly account: string | undefined; readonly from?: Date | undefined },
): Promise<Date | undefined> {
  const { role, credential } = caller.by;
  if (role !== undefined && credential?.permits === undefined) return from;
  if (account !== undefined) {
    const since = await deps.findAuditedSince(caller, account);
    return from !== undefined && from > since ? from : since;
  }
  const detail =
    "the whole audit trail is for administrators and auditors of the hub; owners of an organization name it: ?account=, or berth audit list --account";
  throw new ProblemError(PROBLEMS.DENIED, { detail });
}
