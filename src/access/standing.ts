import type { RepositoryName } from "../oci/name.ts";
import { matchesName } from "./name-pattern.ts";
import type { Permit, Principal, RepositoryAction } from "./principal.ts";

/** A condition on pushes: only tags that match, and only ones that are not there yet if it says so. */
export interface TagRule {
  readonly tags: string;
  readonly createOnly: boolean;
}

/** What an account may do with a repository, whatever it used to prove itself. */
export interface Standing {
  /** By the name that the hub knows it by. */
  readonly repository: RepositoryName;
  readonly exists: boolean;
  readonly isPublic: boolean;
  readonly actions: ReadonlySet<RepositoryAction>;
  /** Undefined: any push. Otherwise a push has to fit one of them. */
  readonly tagRules?: readonly TagRule[];
  /** Whether a push may create it. */
  readonly mayCreate: boolean;
  /** No namespace has the name's first part. */
  readonly isNowhere: boolean;
  /** Who can grant what is missing: the owner of the namespace. */
  readonly owner?: string;
}

/** Whose standing it is. The same for all credentials of an account. */
export type Subject = Pick<Principal, "kind" | "accountId" | "role">;

/** Finds what an account may do. Answers at once when it is known. */
export interface Standings {
  find(subject: Subject, name: RepositoryName): Standing | Promise<Standing>;
}

/** Whether these permits hold the action on the repository; no permits hold everything. */
export function permits(
  granted: readonly Permit[] | undefined,
  wish: { repository: string; action: RepositoryAction; isPublic: boolean },
): boolean {
  if (granted === undefined) return true;
  return granted.some(
    (permit) =>
      permit.actions.includes(wish.action) &&
      (wish.isPublic || permit.onlyPublic !== true) &&
      matchesName(permit.repositories, wish.repository),
  );
}
