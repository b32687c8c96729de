import type { Principal } from "../../../access/index.ts";
import type { Repository, RepositoryId } from "../../../repositories/index.ts";
import type { BuildAccess } from "../../build-access.ts";
import { GitSource } from "./git-source.ts";
import type { RemoteSources } from "./remote-sources.ts";
import { type Sources, SourceUnreadable } from "./sources.ts";

export interface HubSourceDeps {
  readonly git: {
    pathOf(repository: RepositoryId): string;
    exists(repository: RepositoryId): Promise<boolean>;
  };
  readonly access: Pick<BuildAccess, "decidePush">;
  readonly findByName: (name: string) => Promise<Repository | undefined>;
  readonly remote: Pick<RemoteSources, "fetch">;
}

/** Sources that were pushed to this hub, on the right of whoever submitted; others are fetched. */
export function createHubSources(
  deps: HubSourceDeps,
  by: { readonly author: Principal; readonly baseUrl: string | undefined },
): Sources {
  return {
    isOwn: (gitRepo) => ownName(gitRepo, by.baseUrl) !== undefined,
    open: async ({ gitRepo, gitFetch, gitCommit }) => {
      const name = ownName(gitRepo, by.baseUrl);
      if (name === undefined)
        return new GitSource(await deps.remote.fetch({ gitRepo, gitFetch, gitCommit }));
      const repository = await deps.findByName(name);
      const decision = repository && (await deps.access.decidePush(by.author, repository));
      // The same for what is not there as for what its author may not read.
      if (
        repository === undefined ||
        decision?.kind !== "allow" ||
        !(await deps.git.exists(repository.id))
      )
        throw new SourceUnreadable(`${by.author.name} may read no sources at ${gitRepo}`, {
          wasTried: true,
        });
      return new GitSource(deps.git.pathOf(repository.id));
    },
  };
}

function ownName(gitRepo: string, baseUrl: string | undefined): string | undefined {
  if (baseUrl === undefined) return undefined;
  const start = `${baseUrl.replace(/\/$/, "")}/git/`;
  if (!gitRepo.startsWith(start)) return undefined;
  return /^(.+)\.git$/.exec(gitRepo.slice(start.length))?.[1];
}
