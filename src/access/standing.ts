import type { RepositoryName } from "../oci/name.ts";
import { matchesName } from "./name-pattern.ts";
import type { Credential, Permit, Principal, RepositoryAction } from "./principal.ts";

/** A condition on pushes: only tags that match, and only ones that are not there yet if it says so. */
export interface TagRule {
  readonly tags: string;
  readonly createOnly: boolean;
}

/** An organization that limits which public images its members pull, and what it lets them beside what they have rights to. */
export interface ImageRestrictor {
  readonly organization: string;
  readonly allowsOfficial: boolean;
  readonly allowsVerified: boolean;
}

/** What an account may do with a repository, whatever it used to prove itself. */
export interface Standing {
  /** By the name that the hub knows it by. */
  readonly repository: RepositoryName;
  /** Of its row; none while it does not exist. */
  readonly repositoryId?: number;
  readonly exists: boolean;
  /** The name that was asked for, where the repository had it before. It is good for pulling and for nothing else. */
  readonly formerName?: RepositoryName;
  /** Since when it has its name, unless that is so from the beginning and nothing had the name before. */
  readonly namedAt?: Date;
  /** It does not exist, and was something else until lately: somebody has to make it on purpose. */
  readonly isKeptBack?: boolean;
  readonly isPublic: boolean;
  readonly actions: ReadonlySet<RepositoryAction>;
  /** Undefined: any push. Otherwise a push has to fit one of them. */
  readonly tagRules?: readonly TagRule[];
  /** Whether a push may create it. */
  readonly mayCreate: boolean;
  /** No namespace has the name's first part. */
  readonly isNowhere: boolean;
  /** An organization of the account's that lets its members pull less than everybody may. */
  readonly restrictedBy?: ImageRestrictor;
  /** What gives its people nothing until they have two-factor login: an organization, or the hub. */
  readonly owedTo?: string;
  /** Who can grant what is missing: the owner of the namespace. */
  readonly owner?: string;
}

/** Whose standing it is. The same for all credentials of an account. */
export type Subject = Pick<
  Principal,
  "kind" | "accountId" | "role" | "lacksSecondFactor" | "owesSecondFactor"
>;

/** Finds what an account may do. Answers at once when it is known. */
export interface Standings {
  find(subject: Subject, name: RepositoryName): Standing | Promise<Standing>;
}

/** Something to do with a repository that may not exist. */
export interface Wish {
  readonly repository: string;
  readonly action: RepositoryAction;
  readonly isPublic: boolean;
  /** See {@link Standing}. */
  readonly namedAt?: Date | undefined;
}

/** Whether these permits hold the action on the repository; no permits hold everything. */
export function permits(
  granted: readonly Permit[] | undefined,
  wish: Wish,
  /** When they were given; undefined for what holds for every name that is or will be. */
  givenAt?: Date,
): boolean {
  if (granted === undefined) return true;
  const isOlder = givenAt !== undefined && wish.namedAt !== undefined && givenAt < wish.namedAt;
  return granted.some(
    (permit) =>
      permit.actions.includes(wish.action) &&
      (wish.isPublic || permit.onlyPublic !== true) &&
      matchesName(permit.repositories, wish.repository) &&
      !(isOlder && isOneName(permit.repositories)),
  );
}

/** Whether the credential was made for it. */
export function isMadeFor(credential: Credential | undefined, wish: Wish): boolean {
  return permits(credential?.permits, wish, credential?.permitsGivenAt);
}

/** A pattern speaks of whatever fits it; a name, of what had it. */
function isOneName(pattern: string): boolean {
  return !pattern.includes("*");
}
