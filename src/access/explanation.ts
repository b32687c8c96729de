import type { Credential, Principal, RepositoryAction } from "./principal.ts";
import { describeOwed } from "./second-factor-required.ts";
import { type ImageRestrictor, isMadeFor, type Standing } from "./standing.ts";

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

function describeRestriction(repository: string, restrictor: ImageRestrictor): string {
  const { organization, allowsOfficial, allowsVerified } = restrictor;
  const kinds = [
    ...(allowsOfficial ? ["official images, which this hub has published and maintains"] : []),
    ...(allowsVerified ? ["images of verified publishers"] : []),
  ];
  const allowed = kinds.length === 0 ? "none of others" : `of others only ${kinds.join(", and ")}`;
  return `${organization} limits which public images its members pull (${allowed}), and ${repository} is not among them. An owner of ${organization} can change that: berth org settings ${organization}`;
}

/** Why not, in a sentence, and the path below the hub's address at which it says how to get there. */
export interface Denial {
  readonly reason: string;
  readonly helpPath?: string | undefined;
}

/** As one sentence for whoever was refused, who reached the hub at `baseUrl`. */
export function printDenial({ reason, helpPath }: Denial, baseUrl: string | undefined): string {
  if (helpPath === undefined || baseUrl === undefined) return reason;
  return `${reason}: ${baseUrl}${helpPath}`;
}

/** Why not, for somebody who can see the repository: what it takes, what they hold, and who can give it to them. */
export function explainDenial(refused: {
  readonly principal: Principal;
  readonly standing: Standing;
  readonly action: RepositoryAction;
}): Denial {
  const { principal, standing, action } = refused;
  const { repository, formerName, isKeptBack, mayCreate, restrictedBy, owedTo } = standing;
  if (owedTo !== undefined) return { reason: describeOwed(principal, owedTo) };
  const { doing, there, right } = WORDS[action];
  if (restrictedBy !== undefined && action === "pull")
    return { reason: describeRestriction(repository, restrictedBy) };
  if (formerName !== undefined) return { reason: `${formerName} is now ${repository}: ${there}` };
  if (isKeptBack && mayCreate && action === "push") return { reason: describeKept(repository) };
  const need = `${doing} ${repository} needs "${right}"`;
  const helpPath = `/r/${repository}/rights`;
  // The account has the right, so it is the credential that was made for less.
  if (standing.actions.has(action)) {
    const limit = describeLimit(principal.credential, standing.namedAt);
    return { reason: `${need}; ${limit}. Use one made for more`, helpPath };
  }
  const held = `${principal.name} has ${describeHolding(standing)}`;
  return { reason: `${need}; ${held}. ${describeGranter(standing)} can grant it`, helpPath };
}

/** What people call the right to it. */
export function describeRight(action: RepositoryAction): string {
  return WORDS[action].right;
}

/** Who can give rights to it, as the subject of a sentence. */
export function describeGranter({ owner, repository, isNowhere }: Standing): string {
  if (owner !== undefined) return `An owner of ${owner}`;
  const [user = ""] = repository.split("/", 1);
  return isNowhere ? "An administrator" : user;
}

/** What a credential was made for, as the second half of a sentence. */
export function describeLimit(credential: Credential | undefined, namedAt?: Date): string {
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
