/** What becomes of a request: it is let through, asked for credentials, refused with a reason, or told that there is nothing. */
export type Outcome = "yes" | "401" | "403" | "404";

/**
 * `stranger`: an account without rights. `reader`, `writer` and `admin` hold that right on the repository; `owner` owns its
 * organization. `limited` is the owner with a token for reading. `robot` may pull and push.
 */
export const ROLES = [
  "anonymous",
  "stranger",
  "reader",
  "writer",
  "admin",
  "owner",
  "limited",
  "robot",
  "auditor",
  "administrator",
] as const;

export type Role = (typeof ROLES)[number];
export type Expected = Readonly<Record<Role, Outcome>>;

export const ALL = Object.fromEntries(ROLES.map((role) => [role, "yes"])) as Expected;

/** What a right to a private repository is worth to each; see `src/oci/route.ts` for the rights of the routes. */
export const BY_RIGHT: Readonly<Record<string, Expected>> = {
  none: { ...ALL, anonymous: "401" },
  catalog: { ...ALL, anonymous: "401" },
  pull: { ...ALL, anonymous: "401", stranger: "404" },
  push: {
    ...ALL,
    anonymous: "401",
    stranger: "404",
    reader: "403",
    limited: "403",
    auditor: "403",
  },
  delete: {
    ...ALL,
    anonymous: "401",
    stranger: "404",
    reader: "403",
    writer: "403",
    limited: "403",
    robot: "403",
    auditor: "403",
  },
};

/** The same for a public repository: everybody is a reader. */
export const BY_RIGHT_IF_PUBLIC: Readonly<Record<string, Expected>> = {
  pull: ALL,
  push: { ...(BY_RIGHT.push as Expected), stranger: "403" },
  delete: { ...(BY_RIGHT.delete as Expected), stranger: "403" },
};

export const OPERATE: Expected = {
  ...(Object.fromEntries(ROLES.map((role) => [role, "403"])) as Expected),
  anonymous: "401",
  administrator: "yes",
};
export const SIGNED_IN: Expected = { ...ALL, anonymous: "401" };
export const PERSON: Expected = { ...SIGNED_IN, limited: "403", robot: "403" };
export const NOBODY: Expected = {
  ...(Object.fromEntries(ROLES.map((role) => [role, "404"])) as Expected),
  anonymous: "401",
};
export const MEMBER: Expected = {
  ...NOBODY,
  owner: "yes",
  limited: "yes",
  auditor: "yes",
  administrator: "yes",
};
export const OWNER: Expected = { ...MEMBER, limited: "403", auditor: "403" };
/** What owners see of who may what, and whoever reads the whole hub. */
export const INSPECT: Expected = { ...OWNER, auditor: "yes" };
export const READ: Expected = { ...(BY_RIGHT.pull as Expected) };
export const ADMIN: Expected = { ...(BY_RIGHT.delete as Expected) };

export const API_CREATE_REPOSITORY: Expected = {
  ...NOBODY,
  owner: "yes",
  administrator: "yes",
  limited: "403",
  robot: "yes",
  auditor: "403",
  // Whoever has the repository may know that its name is taken.
  reader: "403",
  writer: "yes",
  admin: "yes",
};

export interface ApiCase {
  readonly body?: unknown;
  readonly expected: Expected;
}

/** For those who log in with a password of their own. */
export function forPeople(outcome: Outcome): Partial<Expected> {
  const people = ["stranger", "reader", "writer", "admin", "owner", "auditor", "administrator"];
  return Object.fromEntries(people.map((role) => [role, outcome]));
}
