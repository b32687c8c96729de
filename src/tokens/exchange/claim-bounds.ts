/**
 * Claims that say of which project a job is, or whose projects they are, with what has to stand before the first `*` of a
 * value. Issuers such as GitHub speak for everybody's jobs: a rule that leaves this open lets in the whole world.
 */
const BOUNDS: Readonly<Record<string, RegExp | undefined>> = {
  // A kind, and then the whole name of an owner: `repo:acme/`, `project_path:acme/`, `organization:acme:`, `org/1/`.
  sub: /^(?:repo|repository(?:_owner)?(?:_id)?|(?:project|namespace)_(?:path|id)|organization|org|project|system:serviceaccount)[:/][^*:/]+[:/]/,
  // `acme/`
  repository: /^[^*/]+\//,
  project_path: /^[^*/]+\//,
  ...whole("repository_id", "repository_owner", "repository_owner_id"),
  ...whole("project_id", "namespace_path", "namespace_id"),
  ...whole("organization_slug", "organization_id", "pipeline_id"),
  ...whole("repositoryUuid", "workspaceUuid"),
  ...whole("oidc.circleci.com/project-id", "oidc.circleci.com/org-id"),
  ...whole("terraform_workspace_id", "terraform_project_id", "terraform_organization_id"),
};

/** GitHub lets everybody choose what `sub` is made of. These beginnings are anybody's, also as a whole. */
const ANYBODYS =
  /^(?:(?:head_|base_)?ref|ref_(?:type|protected)|sha|environment(?:_node_id)?|context|actor(?:_id)?|event_name|(?:job_)?workflow(?:_ref|_sha)?|run_(?:id|number|attempt)|repository_visibility|runner_environment|aud|iss):/;

function whole(...names: readonly string[]): Record<string, undefined> {
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

/** What is wrong with what a rule asks of jobs, in a sentence; undefined if it says whose they are. */
export function findClaimFault(claims: Readonly<Record<string, string>>): string | undefined {
  if (Object.entries(claims).some(([name, value]) => isBound(name, value))) return undefined;
  const examples =
    '"repository": "acme/api" (GitHub), "project_path": "acme/api" (GitLab), or "sub"';
  return `no claim says of which project a job has to be, so jobs of everybody whom the issuer knows would get in: name one that does, such as ${examples}, and put a * only behind the whole name of an owner`;
}

function isBound(name: string, value: string): boolean {
  if (!Object.hasOwn(BOUNDS, name)) return false;
  if (value.includes("*")) return BOUNDS[name]?.test(value) === true;
  return name !== "sub" || !ANYBODYS.test(value);
}
