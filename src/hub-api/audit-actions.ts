import { DEEDS } from "../contract/deeds.ts";

/** What can be asked for in an audit log, in Docker Hub's groups. */
export const HUB_AUDIT_ACTIONS = {
  repo: { label: "Repository", actions: actionsOf("repo.") },
  org: { label: "Organization", actions: actionsOf("org.") },
};

function actionsOf(prefix: string): Readonly<Record<string, string>> {
  const all = Object.entries(DEEDS).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(all.map(([name, label]) => [name.slice(prefix.length), label]));
}

/** Its name where there is no sentence for it: what was only tried has none. */
export function describeAction(name: string): string {
  const known: Readonly<Record<string, string>> = DEEDS;
  return known[name] ?? name;
}
