import type { Credential, Principal, RepositoryAction } from "./principal.ts";
import { permits, type Standing } from "./standing.ts";

/** What people call the actions. */
const WORDS: Readonly<
  Record<RepositoryAction, { readonly doing: string; readonly right: string }>
> = {
  pull: { doing: "pulling", right: "read" },
  push: { doing: "pushing to", right: "write" },
  delete: { doing: "deleting from", right: "delete" },
  admin: { doing: "changing", right: "admin" },
};

/** Why not, for somebody who can see the repository: what it takes, what they hold, and who can give it to them. */
export function explainDenial(refused: {
  readonly principal: Principal;
  readonly standing: Standing;
  readonly action: RepositoryAction;
}): string {
  const { principal, standing, action } = refused;
  const { repository, owner } = standing;
  const { doing, right } = WORDS[action];
  const need = `${doing} ${repository} needs "${right}"`;
  // The account has the right, so it is the credential that was made for less.
  if (standing.actions.has(action))
    return `${need}; ${describeLimit(principal.credential)}. Use one made for more`;
  const helper = owner === undefined ? "An administrator" : `An owner of ${owner}`;
  return `${need}; ${principal.name} has ${describeHolding(standing)}. ${helper} can grant it`;
}

function describeLimit(credential: Credential | undefined): string {
  if (credential?.permits === undefined) return "your login is limited";
  const limits = credential.permits.map(({ repositories, actions, onlyPublic }) => {
    const rights = actions.map((action) => WORDS[action].right).join(", ");
    const where = repositories === "**" ? "" : ` on ${repositories}`;
    return `${rights}${where}${onlyPublic === true ? " of what is public" : ""}`;
  });
  return `your ${credential.kind} "${credential.label}" is limited to ${limits.join("; ")}`;
}

function describeHolding({ actions, isPublic }: Standing): string {
  const held = [...actions].map((action) => `"${WORDS[action].right}"`).join(", ");
  return isPublic && held === '"read"' ? 'only the "read" that everybody has' : `only ${held}`;
}

/**
 * For somebody who cannot see it: made of what they know already, so that it is the same for what is private and for what
 * does not exist.
 */
export function explainHiding(refused: {
  readonly principal: Principal;
  readonly asked: string;
  readonly action: RepositoryAction;
}): string {
  const { principal, asked, action } = refused;
  const absent = `repository ${asked} does not exist`;
  const repository = asked.includes("/") ? asked : `library/${asked}`;
  const { credential } = principal;
  // What is hidden is never public, so this is as good as the repository's own answer and needs no look at it.
  if (!permits(credential?.permits, { repository, action: "pull", isPublic: false }))
    return `${absent}, or is out of reach: ${describeLimit(credential)}`;
  const known = `${absent}, or ${principal.name} has no right to see it`;
  if (action !== "push") return known;
  const [place = ""] = repository.split("/");
  const own = principal.kind === "user" ? `push to ${principal.name}/..., or ` : "";
  return `${known}; ${own}ask an owner of "${place}" for the right`;
}
