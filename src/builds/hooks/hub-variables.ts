import type { Build } from "../builds-store.ts";

const LONGEST_MESSAGE = 16 * 1024;

/** What Docker Hub tells hooks and tests, beside the build arguments of the rule. */
export function variablesOf(
  build: Build,
  hub: { readonly host: string; readonly repository: string; readonly message: string },
): Readonly<Record<string, string>> {
  const { ref, commit, context, dockerfile, tags, options } = build;
  const repository = `${hub.host}/${hub.repository}`;
  const [tag = "latest"] = tags;
  const inContext = context === "." ? dockerfile : dockerfile.replace(`${context}/`, "");
  return {
    ...options.args,
    SOURCE_BRANCH: ref.replace(/^refs\/(?:heads|tags)\//, ""),
    SOURCE_COMMIT: commit,
    COMMIT_MSG: hub.message.slice(0, LONGEST_MESSAGE),
    DOCKER_REPO: repository,
    DOCKERFILE_PATH: inContext,
    DOCKER_TAG: tag,
    CACHE_TAG: tag,
    IMAGE_NAME: `${repository}:${tag}`,
  };
}
