import type { Group } from "./person.ts";

export interface GroupTeam {
  /** Of a group's name, or its distinguished name: `*` stands for any characters. */
  readonly group: string;
  /** An organization, or one of its teams: `*` stands for what it stood for in the group. */
  readonly team: string;
}

export interface GroupRules {
  readonly groupTeams: readonly GroupTeam[];
  readonly administrators: readonly string[];
  readonly auditors: readonly string[];
}

export interface Membership {
  readonly organization: string;
  /** Undefined: nothing but the organization. */
  readonly team: string | undefined;
}

/** The teams that somebody's groups bring, each once. */
export function listMemberships(
  groups: readonly Group[],
  { groupTeams }: GroupRules,
): readonly Membership[] {
  const names = groups.flatMap((group) =>
    groupTeams.flatMap((rule) => group.flatMap((name) => teamFor(name, rule) ?? [])),
  );
  return [...new Set(names)].map((name) => {
    const [organization = "", team] = name.split("/");
    return { organization, team };
  });
}

/** Undefined: nothing in particular. */
export function findRole(
  groups: readonly Group[],
  { administrators, auditors }: GroupRules,
): "administrator" | "auditor" | undefined {
  const isIn = (patterns: readonly string[]) =>
    groups.some((group) => group.some((name) => patterns.some((one) => match(name, one))));
  if (isIn(administrators)) return "administrator";
  return isIn(auditors) ? "auditor" : undefined;
}

function teamFor(name: string, { group, team }: GroupTeam): string | undefined {
  const parts = match(name, group);
  if (parts === undefined) return undefined;
  let index = 0;
  const filled = team.replaceAll("*", () => toName(parts[index++] ?? parts.at(-1) ?? ""));
  // What a group is called is up to others: a name that could not be one of ours leads nowhere.
  return /^[a-z0-9][a-z0-9._-]*(?:\/[a-z0-9][a-z0-9._-]*)?$/.test(filled) ? filled : undefined;
}

/** Names here have no spaces and no capital letters; those of groups often do. */
function toName(text: string): string {
  return text.trim().toLowerCase().replaceAll(/\s+/g, "-");
}

/** What each `*` stands for; undefined when the pattern does not fit. Letter case does not matter, as in directories. */
function match(name: string, pattern: string): readonly string[] | undefined {
  const [head = "", ...rest] = pattern.toLowerCase().split("*");
  const text = name.toLowerCase();
  const tail = rest.pop();
  if (tail === undefined) return text === head ? [] : undefined;
  if (text.length < head.length + tail.length) return undefined;
  if (!text.startsWith(head) || !text.endsWith(tail)) return undefined;
  const middle = text.slice(head.length, text.length - tail.length);
  return split(middle, rest);
}

/** Each star takes as little as it can, so the time is bounded whatever the name is. */
function split(text: string, separators: readonly string[]): readonly string[] | undefined {
  const parts: string[] = [];
  let from = 0;
  for (const separator of separators) {
    const at = text.indexOf(separator, from);
    if (at < 0) return undefined;
    parts.push(text.slice(from, at));
    from = at + separator.length;
  }
  return [...parts, text.slice(from)];
}
