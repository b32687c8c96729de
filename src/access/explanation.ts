import type { Credential, Principal, RepositoryAction } from "./principal.ts";
import { isMadeFor, type Standing } from "./standing.ts";

/** What people call the actions. */
const WORDS: Readonly<
  Record<RepositoryAction, Readonly<Record<"doing" | "there" | "right", string>>>
> = {
  pull: { doing: "pulling", there: "pull from there", right: "read" },
  push: { doing: "pushing to", there: "push there", right: "write" },
  delete: { doing: "deleting from", there: "delete there", right: "delete" },
  admin: { doing: "changing", there: "use that name", right: "admin" },
};

/** For those who could create it. */
function describeKept(name: string): string {
  return `${name} was moved or deleted, so a push does not make it anew; make it on purpose: berth repo create ${name}`;
}

function describeRestriction(repository: string, organization: string): string {
  return `${organization} limits which public images its members pull, and ${repository} is not among them. An owner of ${organization} can change that: berth org settings ${organization}`;
}

/** Why not, for somebody who can see the repository: what it takes, what they hold, and who can give it to them. */
export function explainDenial(refused: {
  readonly principal: Principal;
  readonly standing: Standing;
  readonly action: RepositoryAction;
}): string {
  const { principal, standing, action } = refused;
  const { repository, owner, formerName, isKeptBack, mayCreate, restrictedBy } = standing;
  const { doing, there, right } = WORDS[action];
  if (restrictedBy !== undefined && action === "pull")
    return describeRestriction(repository, restrictedBy);
  if (formerName !== undefined) return `${formerName} is now ${repository}: ${there}`;
  if (isKeptBack && mayCreate && action === "push") return describeKept(repository);
  const need = `${doing} ${repository} needs "${right}"`;
  // The account has the right, so it is the credential that was made for less.
  if (standing.actions.has(action))
    return `${need}; ${describeLimit(principal.credential, standing.namedAt)}. Use one made for more`;
  const helper = owner === undefined ? "An administrator" : `An owner of ${owner}`;
  return `${need}; ${principal.name} has ${describeHolding(standing)}. ${helper} can grant it`;
}

function describeLimit(credential: Credential | undefined, namedAt?: Date): string {
  if (credential?.permits === undefined) return "your login is limited";
  const { permitsGivenAt } = credential;
  const isOlder = namedAt !== undefined && permitsGivenAt !== undefined && permitsGivenAt < namedAt;
  const age = isOlder ? ", and older than what has that name now" : "";
  const limits = credential.permits.map(({ repositories, actions, onlyPublic }) => {
    const rights = actions.map((action) => WORDS[action].right).join(", ");
    const where = repositories === "**" ? "" : ` on ${repositories}`;
    return `${rights}${where}${onlyPublic === true ? " of what is public" : ""}`;
  });
  return `your ${credential.kind} "${credential.label}" is limited to ${limits.join("; ")}${age}`;
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
  if (!isMadeFor(credential, { repository, action: "pull", isPublic: false }))
    return `${absent}, or is out of reach: ${describeLimit(credential)}`;
  const known = `${absent}, or ${principal.name} has no right to see it`;
  if (action !== "push") return known;
  const [place = ""] = repository.split("/");
  const own = principal.kind === "user" ? `push to ${principal.name}/..., or ` : "";
  return `${known}; ${own}ask an owner of "${place}" for the right`;
}
