export const CI_SERVICES = ["github", "gitlab"] as const;
export type CiService = (typeof CI_SERVICES)[number];

export interface CiRuleDraft {
  readonly service: CiService;
  readonly project: string;
  readonly branch: string;
  readonly account: string;
  readonly repositories: string;
  readonly push: boolean;
}

type CheckedField = "project" | "branch" | "account" | "repositories";

const FORMS: Readonly<Record<CheckedField, RegExp>> = {
  project: /^[\w.-]+(?:\/[\w.*-]+)+$/,
  branch: /^[^\s]+$/,
  account: /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/,
  repositories: /^[a-z0-9*._-]+(?:\/[a-z0-9*._-]+)*$/,
};

/** Which fields cannot stand as they are; an empty one is not written yet, and not wrong. */
export function faultsOf(draft: CiRuleDraft): ReadonlySet<CheckedField> {
  const fields = Object.keys(FORMS) as CheckedField[];
  return new Set(fields.filter((field) => draft[field] !== "" && !FORMS[field].test(draft[field])));
}

/** As the settings want them; undefined while something is missing or wrong. */
export function linesOf(draft: CiRuleDraft): string | undefined {
  const { service, account, repositories, push } = draft;
  const isWritten = draft.project !== "" && draft.branch !== "" && repositories !== "";
  if (!isWritten || account === "" || faultsOf(draft).size > 0) return undefined;
  return [
    "access:",
    "  issuers:",
    `    - issuer: ${ISSUERS[service]}`,
    "      rules:",
    `        - claims: { ${claimsOf(draft)} }`,
    `          account: ${JSON.stringify(account)}`,
    `          repositories: [${JSON.stringify(repositories)}]`,
    `          actions: [${push ? "pull, push" : "pull"}]`,
  ].join("\n");
}

const ISSUERS: Readonly<Record<CiService, string>> = {
  github: "https://token.actions.githubusercontent.com",
  gitlab: "https://gitlab.com",
};

/** Both services say which project and which branch a job is of, each in claims of its own. JSON's texts are YAML's, too. */
function claimsOf({ service, project, branch }: CiRuleDraft): string {
  if (service === "github")
    return `repository: ${JSON.stringify(project)}, ref: ${JSON.stringify(`refs/heads/${branch}`)}`;
  return `project_path: ${JSON.stringify(project)}, ref_type: "branch", ref: ${JSON.stringify(branch)}`;
}

/** What its pipeline says to log in, with `host` as the hub's address. */
export function jobLinesOf(service: CiService, origin: string): string {
  const login = `berth login --oidc ${origin}`;
  if (service === "github")
    return ["permissions: { id-token: write, contents: read }", "steps:", `  - run: ${login}`].join(
      "\n",
    );
  return ["id_tokens:", `  BERTH_ID_TOKEN: { aud: ${origin} }`, "script:", `  - ${login}`].join(
    "\n",
  );
}
