import { type Client, type Entry, ResultCodeError } from "ldapts";
import type { Group, Person } from "../person.ts";
import { escapeBytes, escapeFilterValue, fillFilter, openFilter } from "./filter.ts";
import { type ConnectionSettings, withConnection } from "./ldap-connection.ts";

export interface LdapSettings extends ConnectionSettings {
  readonly userBase: string;
  readonly userFilter: string;
  readonly nameAttribute: string;
  readonly emailAttribute: string;
  readonly groups: {
    readonly base: string | undefined;
    readonly filter: string;
    readonly nameAttribute: string;
  };
}

export const LDAP = "ldap";

const GROUPS = 1000;
/** What directories name their entries by for good; an entry without any of them is known by where it is. */
const IDS = ["entryUUID", "objectGUID", "nsUniqueId", "ipaUniqueID"] as const;
/** Binary, where the others are text. */
const BINARY_ID = "objectGUID";
/** RFC 4511, appendix A: what a server answers to a bind that is wrong, or of somebody who is shut out. */
const REFUSALS = new Set([19, 32, 34, 48, 49, 50, 53]);
/** No entry has this name: a bind as it takes as long as one with a wrong password. */
const NOBODY = "cn=nobody-7d1f0a52";

/** The people of a directory. Every question has a connection of its own, and throws LoginUnavailable without an answer. */
export function createLdapDirectory(settings: LdapSettings) {
  return { authenticate, findByUser, findBySubject };

  /** Who it is, if the directory takes the password for theirs. */
  async function authenticate(key: Key, password: string): Promise<Person | undefined> {
    // A bind without a password is one as nobody, which directories let through (RFC 4513, section 5.1.2).
    if (password === "") return undefined;
    return await withConnection(settings, async (client) => {
      const entry = await findEntry(client, settings, key);
      const dn = entry?.dn ?? `${NOBODY},${settings.userBase}`;
      // Before the bind: afterwards it is the person who searches, and they may see less.
      const person = entry && (await toPerson(client, settings, entry));
      return (await isTaken(client, dn, password)) ? person : undefined;
    });
  }

  async function findByUser(user: string): Promise<Person | undefined> {
    return await find({ user });
  }

  async function findBySubject(subject: string): Promise<Person | undefined> {
    return await find({ subject });
  }

  async function find(key: Key): Promise<Person | undefined> {
    return await withConnection(settings, async (client) => {
      const entry = await findEntry(client, settings, key);
      return entry && (await toPerson(client, settings, entry));
    });
  }
}

export type LdapDirectory = ReturnType<typeof createLdapDirectory>;

type Key = { readonly user: string } | { readonly subject: string };

async function isTaken(client: Client, dn: string, password: string): Promise<boolean> {
  try {
    await client.bind(dn, password);
    return true;
  } catch (cause) {
    if (cause instanceof ResultCodeError && REFUSALS.has(cause.code)) return false;
    throw cause;
  }
}

/** The one entry that it can be; none when there are several. Referrals to other servers are not followed. */
async function findEntry(
  client: Client,
  settings: LdapSettings,
  key: Key,
): Promise<Entry | undefined> {
  const { base, scope, filter } =
    "user" in key ? byUser(settings, key.user) : bySubject(settings, key.subject);
  try {
    const { searchEntries } = await client.search(base, {
      scope,
      filter,
      sizeLimit: 2,
      derefAliases: "never",
      attributes: [settings.nameAttribute, settings.emailAttribute, "memberOf", ...IDS],
      explicitBufferAttributes: [BINARY_ID],
    });
    return searchEntries.length === 1 ? searchEntries[0] : undefined;
  } catch (cause) {
    // The entry itself was the base of the search. Where the base is that of all people, its absence says nothing of anybody.
    if (scope === "base" && cause instanceof ResultCodeError && cause.code === 32) return undefined;
    throw cause;
  }
}

function byUser({ userBase, userFilter }: LdapSettings, user: string) {
  return { base: userBase, scope: "sub", filter: fillFilter(userFilter, { user }) } as const;
}

/** Whoever does not fit the filter any more is gone, as for a login. */
function bySubject({ userBase, userFilter }: LdapSettings, subject: string) {
  const [attribute = "", ...rest] = subject.split(":");
  const value = rest.join(":");
  const fits = openFilter(userFilter);
  if (attribute === "dn") return { base: value, scope: "base", filter: fits } as const;
  const id =
    attribute === BINARY_ID ? escapeBytes(Buffer.from(value, "hex")) : escapeFilterValue(value);
  return { base: userBase, scope: "sub", filter: `(&(${attribute}=${id})${fits})` } as const;
}

async function toPerson(client: Client, settings: LdapSettings, entry: Entry): Promise<Person> {
  const name = firstOf(entry, settings.nameAttribute) ?? "";
  return {
    issuer: LDAP,
    subject: subjectOf(entry),
    name,
    email: firstOf(entry, settings.emailAttribute),
    isEmailVerified: false,
    groups: await listGroups(client, settings, { entry, name }),
  };
}

function subjectOf(entry: Entry): string {
  for (const attribute of IDS) {
    const [value] = valuesOf(entry, attribute);
    if (value === undefined) continue;
    const text = typeof value === "string" ? value : value.toString("hex");
    if (text !== "") return `${attribute}:${text}`;
  }
  return `dn:${entry.dn.toLowerCase()}`;
}

async function listGroups(
  client: Client,
  { groups }: LdapSettings,
  { entry, name }: { readonly entry: Entry; readonly name: string },
): Promise<readonly Group[]> {
  if (groups.base === undefined) return textsOf(entry, "memberOf").map(namesOfGroup);
  const { searchEntries } = await client.search(groups.base, {
    scope: "sub",
    filter: fillFilter(groups.filter, { dn: entry.dn, user: name }),
    sizeLimit: GROUPS,
    derefAliases: "never",
    attributes: [groups.nameAttribute],
  });
  return searchEntries.map((group) => [group.dn, ...textsOf(group, groups.nameAttribute)]);
}

/** Its distinguished name, and the first part of that. */
function namesOfGroup(dn: string): Group {
  const name = /^[^=]+=((?:\\.|[^,+\\])*)/.exec(dn)?.[1]?.replaceAll(/\\(.)/g, "$1");
  return name === undefined ? [dn] : [dn, name];
}

function firstOf(entry: Entry, attribute: string): string | undefined {
  return textsOf(entry, attribute).find((text) => text !== "");
}

function textsOf(entry: Entry, attribute: string): readonly string[] {
  return valuesOf(entry, attribute).filter((value) => typeof value === "string");
}

/** Servers write attributes as their schema does, not as they were asked for. */
function valuesOf(entry: Entry, attribute: string): readonly (string | Buffer)[] {
  const wanted = attribute.toLowerCase();
  const key = Object.keys(entry).find((name) => name.toLowerCase() === wanted);
  const values = key === undefined ? [] : entry[key];
  return values === undefined ? [] : Array.isArray(values) ? values : [values];
}
