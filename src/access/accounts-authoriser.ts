import type { RepositoryName } from "../oci/name.ts";
import type { AccessQuestion, Authoriser, Decision, Right } from "./authoriser.ts";
import { explainDenial, explainHiding } from "./explanation.ts";
import type { Principal, RepositoryAction } from "./principal.ts";
import { describeOwed } from "./second-factor-required.ts";
import { isMadeFor, permits, type Standing, type Standings } from "./standing.ts";

const ALLOW: Decision = { kind: "allow" };
const LOGIN = "authentication required: run docker login first";

/** Accounts, organizations and rights decide; public repositories can be pulled by anybody. */
export function createAccountsAuthoriser(deps: { readonly standings: Standings }): Authoriser {
  return {
    decide(question) {
      const { principal, right, repository } = question;
      if (repository === undefined) return decideForHub(principal, right);
      const standing = deps.standings.find(principal, repository);
      if (standing instanceof Promise)
        return standing.then((known) => decideBy(known, question, repository));
      return decideBy(standing, question, repository);
    },
  };
}

function decideForHub(principal: Principal, right: Right): Decision {
  // Also where anonymous pulls are allowed: docker sends credentials only to those who ask for them here.
  if (principal.kind === "anonymous" && principal.granted === undefined)
    return { kind: "challenge", reason: LOGIN };
  if (principal.owesSecondFactor === true)
    return { kind: "deny", reason: describeOwed(principal, "this hub") };
  if (right === "none") return ALLOW;
  if (right === "catalog") {
    const isGranted = principal.granted === undefined || principal.mayList === true;
    return isGranted ? ALLOW : { kind: "challenge", reason: "the token is not for the catalog" };
  }
  const isLimited = principal.granted !== undefined || principal.credential?.permits !== undefined;
  if (right === "operate" && principal.role === "administrator" && !isLimited) return ALLOW;
  return { kind: "deny", reason: "only an administrator of the hub, with a password, may do this" };
}

function decideBy(
  standing: Standing,
  { principal, right }: AccessQuestion,
  asked: RepositoryName,
): Decision {
  const action = toAction(right);
  if (action === undefined)
    return { kind: "deny", reason: `no repository has a right to ${right}` };
  const could = couldDo({ principal, standing, action });
  if (could && isGranted({ principal, standing, action, asked })) return permit(standing, action);
  if (could) {
    return {
      kind: "challenge",
      reason: `the token is not for this: it lacks "${action}" on ${asked}`,
    };
  }
  if (principal.kind === "anonymous") return { kind: "challenge", reason: LOGIN };
  // What everybody may see is hidden from nobody, also when their token is made for something else.
  if (!standing.isPublic && !couldDo({ principal, standing, action: "pull" })) {
    const { owedTo } = standing;
    // The same for every name there, whether it exists or not.
    if (owedTo !== undefined) return { kind: "hide", reason: describeOwed(principal, owedTo) };
    return { kind: "hide", reason: explainHiding({ principal, asked, action }) };
  }
  return { kind: "deny", ...explainDenial({ principal, standing, action }) };
}

function permit(standing: Standing, action: RepositoryAction): Decision {
  const { repository, repositoryId = 0, tagRules, isNowhere } = standing;
  if (action !== "push") return { kind: "allow", repository, repositoryId };
  return {
    kind: "allow",
    repository,
    repositoryId,
    ...(tagRules === undefined ? {} : { tagRules }),
    ...(isNowhere ? { createsOrganization: true } : {}),
  };
}

function toAction(right: Right): RepositoryAction | undefined {
  return right === "pull" || right === "push" || right === "delete" || right === "admin"
    ? right
    : undefined;
}

interface Wish {
  readonly principal: Principal;
  readonly standing: Standing;
  readonly action: RepositoryAction;
}

/** By the account's rights and by what the credential was made for. */
function couldDo({ principal, standing, action }: Wish): boolean {
  if (!standing.actions.has(action)) return false;
  return isMadeFor(principal.credential, { ...standing, action });
}

/** What a token was issued for, by the name that was asked then or the one that the hub knows it by. */
function isGranted({ principal, standing, action, asked }: Wish & { asked: string }): boolean {
  const { granted, grantedAt } = principal;
  if (granted === undefined) return true;
  const { repository } = standing;
  return [asked, repository, aliasOf(repository)].some((name) =>
    permits(granted, { ...standing, repository: name, action }, grantedAt),
  );
}

/** `library/NAME` goes by `NAME` too, and a token may have been asked for by either. */
function aliasOf(repository: string): string {
  const short = repository.replace(/^library\//, "");
  return short.includes("/") ? repository : short;
}
