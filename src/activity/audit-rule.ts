import type { Caller } from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { ProblemError } from "../platform/http/api/index.ts";

export interface AuditRule {
  /** Throws NOT_FOUND or DENIED unless the caller may look at all that concerns the account. */
  readonly assertMayAudit: (caller: Caller, account: string) => Promise<void>;
}

/** Throws DENIED, or what `assertMayAudit` throws. */
export async function assertMayLook(
  deps: AuditRule,
  caller: Caller,
  account: string | undefined,
): Promise<void> {
  const { role, credential } = caller.by;
  if (role !== undefined && credential?.permits === undefined) return;
  if (account !== undefined) return await deps.assertMayAudit(caller, account);
  const detail =
    "the whole audit trail is for administrators and auditors of the hub; owners of an organization name it by ?account=";
  throw new ProblemError(PROBLEMS.DENIED, { detail });
}
