import type { Caller } from "../access/index.ts";
import type { Authority } from "../organizations/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { Repository } from "../repositories/index.ts";

/** What is answered for a repository that is not there, or not for whoever asks. */
const UNSEEN = new Set([401, 404]);

/** Of these names those that are there: one that was deleted or hidden a moment ago takes no others with it. */
export async function findStillVisible(
  authority: Pick<Authority, "getRepository">,
  caller: Caller,
  names: readonly string[],
): Promise<readonly Repository[]> {
  const found = await Promise.all(names.map((name) => findOne(authority, caller, name)));
  return found.filter((one) => one !== undefined);
}

async function findOne(
  authority: Pick<Authority, "getRepository">,
  caller: Caller,
  name: string,
): Promise<Repository | undefined> {
  try {
    return await authority.getRepository(caller, name, "pull");
  } catch (cause) {
    if (cause instanceof ProblemError && UNSEEN.has(cause.status)) return undefined;
    throw cause;
  }
}
