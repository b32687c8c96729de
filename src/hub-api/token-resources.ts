import { z } from "zod";
import type { Permit, RepositoryAction } from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { ProblemError } from "../platform/http/api/index.ts";

/** What an organization's token may reach, as Docker Hub says it. */
export const resource = z.object({
  type: z.enum(["TYPE_REPO", "TYPE_ORG"]),
  path: z.string().max(255),
  scopes: z.array(z.string().max(64)).min(1).max(20),
});

type Resource = z.output<typeof resource>;

const SCOPE = /^(?:scope-)?(?:repo|image)-(pull|push|delete|admin)$/;
const IMPLIED: Readonly<Record<RepositoryAction, readonly RepositoryAction[]>> = {
  pull: ["pull"],
  push: ["pull", "push"],
  delete: ["pull", "delete"],
  admin: ["pull", "push", "delete", "admin"],
};
/** Everything that everybody may pull. */
const PUBLIC = "*/*/public";
const EVERYTHING = "**";

/** Throws SCOPE_INVALID for what no token of this hub can hold. */
export function toPermits(resources: readonly Resource[]): readonly Permit[] {
  return resources.map(({ type, path, scopes }) => {
    if (type === "TYPE_ORG") {
      throw refusal(
        `tokens hold rights to repositories: "${path}" cannot be managed by one, log in as a person for that`,
      );
    }
    const actions = [...new Set(scopes.flatMap(toActions))];
    if (path !== PUBLIC) return { repositories: path.replace(/\/\*$/, "/**"), actions };
    if (actions.some((action) => action !== "pull"))
      throw refusal(`what is public beyond the organization can be pulled only: "repo-pull"`);
    return { repositories: EVERYTHING, actions, onlyPublic: true };
  });
}

export function toResources(permits: readonly Permit[]): readonly Resource[] {
  return permits.map(({ repositories, actions, onlyPublic }) => ({
    type: "TYPE_REPO",
    path:
      repositories === EVERYTHING && onlyPublic ? PUBLIC : repositories.replace(/\/\*\*$/, "/*"),
    scopes: actions.map((action) => `repo-${action}`),
  }));
}

function toActions(scope: string): readonly RepositoryAction[] {
  const action = SCOPE.exec(scope)?.[1] as RepositoryAction | undefined;
  if (action === undefined)
    throw refusal(
      `"${scope}" is no scope: there are repo-pull, repo-push, repo-delete and repo-admin`,
    );
  return IMPLIED[action];
}

function refusal(detail: string): ProblemError {
  return new ProblemError(PROBLEMS.SCOPE_INVALID, { detail });
}
