/** Somebody whom another system knows, as it describes them. */
export interface Person {
  /** Who says so: `ldap`, or the issuer's address. */
  readonly issuer: string;
  /** What never passes to another person there, unlike a name or an address. */
  readonly subject: string;
  readonly name: string;
  readonly email: string | undefined;
  /** Whether the other system has seen that the address is theirs. */
  readonly isEmailVerified: boolean;
  /** Their groups, each by every name that it has; undefined when nothing is said about groups. */
  readonly groups: readonly Group[] | undefined;
}

/** All names of one group: what people call it, and its distinguished name. */
export type Group = readonly string[];
