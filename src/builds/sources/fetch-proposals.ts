import type { Logger } from "pino";
import type { Caller } from "../../access/index.ts";
import type { Repository } from "../../repositories/index.ts";
import { fetchRef, type RemoteGit } from "../git/git-mirror.ts";
import type { GitRepositories } from "../git/git-repositories.ts";
import type { GitLimits } from "../git/limited-git.ts";
import { parseSourceAddress } from "../git/source-address.ts";
import { SourceError } from "../git/source-error.ts";
import type { Proposal } from "./hook-proposal.ts";

/** A pull request as it was fetched. */
export interface FetchedProposal {
  readonly repository: Repository;
  readonly caller: Caller;
  readonly ref: string;
  readonly commit: string;
  readonly base: string;
  /** What it holds is a branch of the very repository: that was looked up, whatever the webhook said. */
  readonly isInternal: boolean;
}

export interface ProposalDeps {
  readonly git: GitRepositories;
  readonly limits: GitLimits;
  /** Whether any rule builds pull requests for that branch. */
  readonly wantsProposal: (repository: Repository, base: string) => Promise<boolean>;
  readonly onProposal: (proposal: FetchedProposal) => Promise<void>;
  readonly log: Logger;
}

/** Fetches the pull requests that webhooks named, one after the other, by whoever holds the refs of the repository. */
export async function fetchProposals(
  deps: ProposalDeps,
  wish: {
    readonly repository: Repository;
    readonly caller: Caller;
    readonly remote: RemoteGit;
    readonly proposals: readonly Proposal[];
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { repository, caller, remote, signal } = wish;
  for (const proposal of wish.proposals) {
    if (!(await deps.wantsProposal(repository, proposal.base))) continue;
    try {
      const commit = await fetchOne(deps, { repository, remote, proposal, signal });
      const { ref, base, head, isFork } = proposal;
      const branches = await deps.git.listRefs(repository.id);
      const isInternal = !isFork && branches.get(`refs/heads/${head}`) === commit;
      await deps.onProposal({ repository, caller, ref, commit, base, isInternal });
    } catch (err) {
      signal.throwIfAborted();
      if (!(err instanceof SourceError)) throw err;
      // It is gone, or nobody may see it: what else the server has is built all the same.
      deps.log.info({ err, repository: repository.name, ref: proposal.ref }, "not fetched");
    }
  }
}

async function fetchOne(
  { git, limits }: ProposalDeps,
  wish: {
    readonly repository: Repository;
    readonly remote: RemoteGit;
    readonly proposal: Proposal;
    readonly signal: AbortSignal;
  },
): Promise<string> {
  const { repository, remote, proposal, signal } = wish;
  const into = "refs/berth/proposal";
  const from = proposal.from === undefined ? remote : forkOf(remote, proposal.from);
  const path = git.pathOf(repository.id);
  await fetchRef(path, from, { ref: proposal.fetched, into, limits, signal });
  return await git.takeRef(repository.id, into);
}

/** On the same server, and without what proves who asks: the fork was not named by whoever gave us that. */
function forkOf(remote: RemoteGit, from: string): RemoteGit {
  const { protocol, host, port } = remote.address;
  const name = host.includes(":") ? `[${host}]` : host;
  const place = protocol === "ssh" ? `https://${name}` : `${protocol}://${name}:${port}`;
  const address = parseSourceAddress(`${place}/${from}.git`);
  return { ...remote, address, credential: { kind: "none" }, hostKeys: undefined };
}
