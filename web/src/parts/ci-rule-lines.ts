import type { z } from "zod";
import type { newCiRule } from "../../../src/contract/ci-rules.ts";

export const CI_SERVICES = ["github", "gitlab", "other"] as const;
export type CiService = (typeof CI_SERVICES)[number];
export const CI_MINUTES = ["5", "15", "30", "60", "240", "720"] as const;

export interface CiRuleDraft {
  readonly service: CiService;
  readonly name: string;
  /** Of another service: its address, */
  readonly issuer: string;
  /** and what its tokens call the job. */
  readonly subject: string;
  readonly project: string;
  readonly branch: string;
  readonly account: string;
  readonly repositories: string;
  readonly push: boolean;
  readonly minutes: string;
}

type CheckedField =
  | "name"
  | "issuer"
  | "subject"
  | "project"
  | "branch"
  | "account"
  | "repositories";

const NAME = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/;
const FORMS: Readonly<Record<CheckedField, RegExp>> = {
  name: /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/,
  issuer: /^https:\/\/[^\s?#]+$/,
  subject: /^\S+$/,
  project: /^[\w.-]+(?:\/[\w.*-]+)+$/,
  branch: /^\S+$/,
  account: NAME,
  repositories: /^[a-z0-9*._-]+(?:\/[a-z0-9*._-]+)*$/,
};

/** By what a job of the service is known. */
export function jobFieldsOf(service: CiService) {
  return service === "other" ? (["issuer", "subject"] as const) : (["project", "branch"] as const);
}

/** Which fields cannot stand as they are; an empty one is not written yet, and not wrong. */
export function faultsOf(draft: CiRuleDraft): ReadonlySet<CheckedField> {
  const fields: readonly CheckedField[] = [
    ...["name" as const, ...jobFieldsOf(draft.service)],
    ...(["account", "repositories"] as const),
  ];
  return new Set(fields.filter((field) => draft[field] !== "" && !FORMS[field].test(draft[field])));
}

/** As the settings want them; undefined while something is missing or wrong. */
export function linesOf(draft: CiRuleDraft): string | undefined {
  const { account, repositories } = draft;
  const wanted = [...jobFieldsOf(draft.service), "account", "repositories"] as const;
  if (!isWritten(draft, wanted)) return undefined;
  const claims = Object.entries(claimsOf(draft)).map(
    ([name, value]) => `${name}: ${quoted(value)}`,
  );
  return [
    "access:",
    "  issuers:",
    `    - issuer: ${issuerOf(draft)}`,
    "      rules:",
    `        - claims: { ${claims.join(", ")} }`,
    `          account: ${quoted(account)}`,
    `          repositories: [${quoted(repositories)}]`,
    `          actions: [${actionsOf(draft).join(", ")}]`,
    `          lifetime: ${draft.minutes}m`,
  ].join("\n");
}

/** As the hub wants it, of an organization without an account; undefined while something is missing or wrong. */
export function ruleOf(
  draft: CiRuleDraft,
  place: "hub" | "organization",
): (z.input<typeof newCiRule> & { readonly account?: string }) | undefined {
  const { name, account, repositories, minutes } = draft;
  const ofHub = place === "hub" ? (["account"] as const) : [];
  if (!isWritten(draft, ["name", ...jobFieldsOf(draft.service), "repositories", ...ofHub]))
    return undefined;
  return {
    ...{ name, issuer: issuerOf(draft), claims: claimsOf(draft) },
    ...{ repositories: [repositories], actions: [...actionsOf(draft)] },
    lifetimeSeconds: Number(minutes) * 60,
    ...(place === "hub" ? { account } : {}),
  };
}

function isWritten(draft: CiRuleDraft, fields: readonly CheckedField[]): boolean {
  return fields.every((field) => draft[field] !== "") && faultsOf(draft).size === 0;
}

function actionsOf({ push }: CiRuleDraft) {
  return push ? (["pull", "push"] as const) : (["pull"] as const);
}

const ISSUERS = {
  github: "https://token.actions.githubusercontent.com",
  gitlab: "https://gitlab.com",
} as const;

function issuerOf({ service, issuer }: CiRuleDraft): string {
  return service === "other" ? issuer : ISSUERS[service];
}

/** Both services say which project and which branch a job is of, each in claims of its own. */
function claimsOf({ service, project, branch, subject }: CiRuleDraft): Record<string, string> {
  if (service === "other") return { sub: subject };
  if (service === "github") return { repository: project, ref: `refs/heads/${branch}` };
  return { project_path: project, ref_type: "branch", ref: branch };
}

/** JSON's texts are YAML's, too. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** What its pipeline says to log in, with `origin` as the hub's address, by a rule of the organization if it names one. */
export function jobLinesOf(
  service: CiService,
  origin: string,
  organization: string | undefined,
): string {
  const more = organization === undefined ? "" : ` --organization ${organization}`;
  const login = `berth login --oidc${more} ${origin}`;
  if (service === "github")
    return ["permissions: { id-token: write, contents: read }", "steps:", `  - run: ${login}`].join(
      "\n",
    );
  if (service === "other") return `BERTH_ID_TOKEN=… ${login}`;
  return ["id_tokens:", `  BERTH_ID_TOKEN: { aud: ${origin} }`, "script:", `  - ${login}`].join(
    "\n",
  );
}
