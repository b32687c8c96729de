import { z } from "zod";
import { duration, flag, path, secret } from "./values.ts";

const TEAM =
  "must be an organization or a team, such as acme or acme/builders; * stands for what * was in the group";
const GROUPS = "must be names of groups, such as hub-admins and team-*";
const USER_FILTER = "must be a filter with {user} in it, such as (uid={user})";
const GROUP_FILTER = "must be a filter with {dn} or {user} in it, such as (member={dn})";

/** A list in a file; JSON in a variable. */
function listOf<Item extends z.ZodType>(item: Item, error: string) {
  return z.preprocess(
    (value) => (typeof value === "string" ? parseJson(value) : value),
    z.array(item, { error }),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The schema says what is expected instead.
    return text;
  }
}

const groupTeam = z.strictObject({
  group: z.string().min(1, GROUPS),
  team: z.string().regex(/^[a-z0-9*._-]+(?:\/[a-z0-9*._-]+)?$/, TEAM),
});

const groupTeams = listOf(groupTeam, 'must be a list of {"group": ..., "team": ...}');

const groupPatterns = z.preprocess(
  (value) => (typeof value === "string" ? [value] : value),
  z.array(z.string().min(1, GROUPS), { error: GROUPS }),
);

const filter = (pattern: RegExp, message: string) => z.string().regex(pattern, message);

/** A directory that knows people: who may log in by their password there, and what they are then. */
export const ldap = z
  .strictObject({
    url: z
      .url({ protocol: /^ldaps?$/, error: "must be an ldap or ldaps address" })
      .optional()
      .describe(
        "A directory whose people log in with their password there: ldaps://host or ldap://host; see docs/sign-in.md.",
      ),
    startTls: flag
      .default(false)
      .describe("Encrypt a connection to ldap:// before anything is said on it."),
    allowPlaintext: flag
      .default(false)
      .describe(
        "Send passwords to another machine by ldap:// without startTls, where anybody on the way reads them.",
      ),
    ca: path
      .optional()
      .describe(
        "A PEM file with the authorities that the directory's certificate is checked against; unset: the usual ones.",
      ),
    bindDn: z
      .string()
      .default("")
      .describe("Who searches the directory; empty: nobody in particular."),
    bindPassword: secret.optional().describe("The password of bindDn."),
    userBase: z
      .string()
      .default("")
      .describe("Where people are, such as ou=people,dc=example,dc=com."),
    userFilter: filter(/^\(.*\{user\}.*\)$/, USER_FILTER)
      .default("(uid={user})")
      .describe(
        "Which entry is whose: {user} stands for what was typed. Only who fits it may log in, so leave out there who is shut out.",
      ),
    nameAttribute: z
      .string()
      .default("uid")
      .describe(
        "The attribute that an account gets its name from; sAMAccountName in Active Directory.",
      ),
    emailAttribute: z.string().default("mail").describe("The attribute with the e-mail address."),
    groups: z
      .strictObject({
        base: z
          .string()
          .optional()
          .describe("Where groups are; unset: those that the person's entry names in memberOf."),
        filter: filter(/^\(.*\{(?:dn|user)\}.*\)$/, GROUP_FILTER)
          .default("(|(member={dn})(uniqueMember={dn})(memberUid={user}))")
          .describe(
            "Which groups somebody is in: {dn} stands for their entry, {user} for their name.",
          ),
        nameAttribute: z.string().default("cn").describe("The attribute with a group's name."),
      })
      .prefault({}),
    groupTeams: groupTeams
      .default([])
      .describe(
        "Which group makes members of which team; see docs/sign-in.md. In a variable: JSON.",
      ),
    administrators: groupPatterns.default([]).describe("Groups whose people administer the hub."),
    auditors: groupPatterns.default([]).describe("Groups whose people may read the whole hub."),
    createAccounts: flag
      .default(true)
      .describe(
        "Whether somebody's first login makes their account; otherwise an administrator links it.",
      ),
    remember: duration
      .default(300_000)
      .describe(
        "How long a password that was right, and what is known about a person, is believed without asking the directory again.",
      ),
    follow: duration
      .default(3_600_000)
      .describe(
        "How often the hub looks after everybody from the directory by itself: who is gone there is disabled here, with their tokens.",
      ),
    timeout: duration.default(5000).describe("How long the directory may take to answer."),
  })
  .prefault({});

const provider = z.strictObject({
  /** In addresses, and on buttons. */
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "must be lower-case letters, digits and -")
    .refine((name) => name !== "ldap", "must not be ldap"),
  issuer: z.url({ protocol: /^https?$/, error: "must be an http or https address" }),
  clientId: z.string().min(1),
  /** Unset for a public client, which has PKCE alone. */
  clientSecret: z.string().min(1).optional(),
  clientSecretFile: path.optional(),
  scopes: z.string().default("openid profile email"),
  nameClaim: z.string().default("preferred_username"),
  emailClaim: z.string().default("email"),
  groupsClaim: z.string().default("groups"),
  groupTeams: groupTeams.default([]),
  administrators: groupPatterns.default([]),
  auditors: groupPatterns.default([]),
  /** Of verified addresses; without any, everybody whom the provider knows gets in. */
  allowedDomains: z.array(z.string().regex(/^[a-z0-9.-]+$/i)).default([]),
  createAccounts: flag.default(true),
  /** Gives whoever has a verified address at this provider the account that has the same: only for a provider that proves addresses. */
  linkVerifiedEmail: flag.default(false),
});

export const oidcList = listOf(provider, "must be a list of providers")
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, {
    error: "must not name a provider twice",
  })
  .refine((list) => new Set(list.map(({ issuer }) => issuer)).size === list.length, {
    error: "must not name an issuer twice",
  })
  .meta({ isSecret: true });

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** What is wrong with a directory's settings as a whole. */
export function findLdapFaults(settings: z.output<typeof ldap>): readonly string[] {
  const { url, startTls, allowPlaintext, userBase, bindDn, bindPassword } = settings;
  if (url === undefined) return [];
  const { protocol, hostname } = new URL(url);
  const faults: string[] = [];
  if (protocol === "ldap:" && !startTls && !allowPlaintext && !LOOPBACK.test(hostname)) {
    faults.push(
      "access.ldap.url: ldap:// sends passwords in the clear; use ldaps:// or set access.ldap.startTls",
    );
  }
  if (protocol === "ldaps:" && startTls) {
    faults.push("access.ldap.startTls: is for ldap://; ldaps:// is encrypted already");
  }
  if (userBase === "") faults.push("access.ldap.userBase: say where people are");
  if ((bindDn === "") !== (bindPassword === undefined)) {
    faults.push("access.ldap: bindDn and bindPassword go together; set both or none");
  }
  return faults;
}
