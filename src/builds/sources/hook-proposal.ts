import type { SourceProvider } from "../../contract/build-sources.ts";

/** A pull request, as a webhook names it. What it holds is what the server then has. */
export interface Proposal {
  /** By which its builds are known: `refs/pull/7/head`. */
  readonly ref: string;
  /** What to fetch. */
  readonly fetched: string;
  /** Of Bitbucket Cloud, which has no refs for pull requests: the other repository, as `OWNER/NAME`. */
  readonly from?: string;
  /** The branch that it is for. */
  readonly base: string;
  /** The branch that it is of. */
  readonly head: string;
  /** Whether it says itself that it comes from another repository. */
  readonly isFork: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

export const PROPOSAL_EVENTS: ReadonlySet<string> = new Set([
  ...["pull_request", "pull_request_sync", "Merge Request Hook"],
  ...["pullrequest:created", "pullrequest:updated", "pr:opened", "pr:from_ref_updated"],
]);
/** What makes other files of it; titles and comments do not. */
const ACTIONS = new Set(["opened", "open", "reopened", "reopen", "synchronize", "synchronized"]);
const BRANCH = /^(?!-)[^\s\p{Cc}~^:?*[\\]{1,240}$/u;
const REPOSITORY = /^[A-Za-z0-9_][\w.-]*\/[A-Za-z0-9_][\w.-]*$/;

/** Undefined for what is none, or changes no file of one. */
export function readProposal(provider: SourceProvider, body: Fields): Proposal | undefined {
  const found = READERS[provider]?.(body);
  if (found === undefined || !BRANCH.test(found.base) || !BRANCH.test(found.head)) return undefined;
  return found;
}

const READERS: Partial<Record<SourceProvider, (body: Fields) => Proposal | undefined>> = {
  github: readGithub,
  gitea: readGithub,
  gitlab: readGitlab,
  bitbucket: readBitbucket,
  "bitbucket-server": readBitbucketServer,
};

/** Gitea and Forgejo have the same fields. */
function readGithub(body: Fields): Proposal | undefined {
  const request = fieldsOf(body.pull_request);
  const number = numberOf(body.number ?? request.number);
  if (number === undefined || !ACTIONS.has(textOf(body.action))) return undefined;
  const head = fieldsOf(request.head);
  const base = fieldsOf(request.base);
  const ref = `refs/pull/${number}/head`;
  return {
    ...{ ref, fetched: ref, base: textOf(base.ref), head: textOf(head.ref) },
    // A fork that is gone is none of ours.
    isFork: !isSame(fieldsOf(head.repo).id, fieldsOf(base.repo).id),
  };
}

function readGitlab(body: Fields): Proposal | undefined {
  const request = fieldsOf(body.object_attributes);
  const number = numberOf(request.iid);
  const action = textOf(request.action);
  const isPushed = action === "update" && typeof request.oldrev === "string";
  if (number === undefined || !(ACTIONS.has(action) || isPushed)) return undefined;
  const ref = `refs/merge-requests/${number}/head`;
  return {
    ...{ ref, fetched: ref },
    ...{ base: textOf(request.target_branch), head: textOf(request.source_branch) },
    isFork: !isSame(request.source_project_id, request.target_project_id),
  };
}

function readBitbucket(body: Fields): Proposal | undefined {
  const request = fieldsOf(body.pullrequest);
  const number = numberOf(request.id);
  const source = fieldsOf(request.source);
  const destination = fieldsOf(request.destination);
  const head = textOf(fieldsOf(source.branch).name);
  const from = textOf(fieldsOf(source.repository).full_name);
  const isFork = from !== textOf(fieldsOf(destination.repository).full_name);
  if (number === undefined || (isFork && !REPOSITORY.test(from))) return undefined;
  return {
    ...{ ref: `refs/pull-requests/${number}/from`, fetched: `refs/heads/${head}`, head, isFork },
    base: textOf(fieldsOf(destination.branch).name),
    ...(isFork ? { from } : {}),
  };
}

function readBitbucketServer(body: Fields): Proposal | undefined {
  const request = fieldsOf(body.pullRequest);
  const number = numberOf(request.id);
  if (number === undefined) return undefined;
  const from = fieldsOf(request.fromRef);
  const to = fieldsOf(request.toRef);
  const ref = `refs/pull-requests/${number}/from`;
  return {
    ...{ ref, fetched: ref, base: branchOf(to), head: branchOf(from) },
    isFork: !isSame(fieldsOf(from.repository).id, fieldsOf(to.repository).id),
  };
}

function branchOf(ref: Fields): string {
  return textOf(ref.id).replace(/^refs\/heads\//, "");
}

function isSame(one: unknown, other: unknown): boolean {
  return typeof one === "number" && one === other;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}
