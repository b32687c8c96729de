export type RepositoryAction = "pull" | "push" | "delete" | "admin";

/** Something that a credential or a token lets its holder do, as far as the account behind it may do it at all. */
export interface Permit {
  /** A name or a pattern of names: `*` stands for anything within one component, `**` for any number of components. */
  readonly repositories: string;
  readonly actions: readonly RepositoryAction[];
  /** Only while the repository is public. */
  readonly onlyPublic?: boolean | undefined;
}

/** What was shown as proof of identity. Its label is what people call it: `your token ci-2`. */
export interface Credential {
  readonly kind:
    | "password"
    | "directory"
    | "session"
    | "personal token"
    | "organization token"
    | "robot"
    | "workload";
  readonly id: string;
  readonly label: string;
  /** Of a directory: whose word it is that this is the account's owner. */
  readonly identity?: string;
  /** Undefined: everything that the account may do. */
  readonly permits?: readonly Permit[];
  /** Of a session: when its holder last proved to be themselves. Others prove it with each request. */
  readonly provedAt?: Date;
  /** When it ends by itself. */
  readonly expiresAt?: Date | undefined;
  /** False for what reads images without using them, such as a scanner: nothing is in use for it. */
  readonly countsAsPull?: boolean;
  /** When they were given: a permit by name holds for what had the name at that time, not for what got it later. */
  readonly permitsGivenAt?: Date;
}

/** Who is asking. `anonymous` carries no proof of identity. */
export interface Principal {
  readonly kind: "anonymous" | "user" | "robot";
  readonly name: string;
  /** The row of `namespaces`: of the user, or of the organization that a robot belongs to. None in modes without accounts. */
  readonly accountId?: number;
  /** Over the whole hub: an administrator may do everything, an auditor may read everything. */
  readonly role?: "administrator" | "auditor";
  /** A person whose account does not ask for a code: what asks its people for one gives them nothing. */
  readonly lacksSecondFactor?: true;
  /** The hub asks for one: until they have it they may do nothing but get it, and their role is not in force. */
  readonly owesSecondFactor?: true;
  readonly credential?: Credential;
  /** What the token service granted already; a request with a token is judged by this alone. */
  readonly granted?: readonly Permit[];
  /** When it did: a grant holds for what had the name at that time, not for what got it later. */
  readonly grantedAt?: Date;
  /** Whether the token is one for the catalog, too; what of it is shown is decided by live rights. */
  readonly mayList?: boolean;
}

export const ANONYMOUS: Principal = { kind: "anonymous", name: "anonymous" };

/** Where a request came from. */
export interface Origin {
  /** Of the client, as far back as trusted proxies tell. */
  readonly address: string;
  /** What it calls itself; cut short. */
  readonly client: string;
  /** Whom it spoke to, in its own words. */
  readonly host?: string | undefined;
  /** Names the request in the log. */
  readonly requestId?: string;
}
