import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { z } from "zod";
import { findIndex, readFeedStates, readStatus } from "../../advisories/index.ts";
import { ADVISORIES_PATH, advisoryStatus } from "../../contract/advisories.ts";

const NOTHING = { revision: null, made: null, sources: [], ecosystems: [] };

/** What is known of vulnerabilities and how old it is: for everybody, so that silence is not taken for safety. */
export function createAdvisoryRoutes(deps: {
  readonly directory: string;
  readonly clock: () => Date;
}): FastifyPluginAsyncZod {
  const { directory, clock } = deps;
  return async (app) => {
    const schema = { response: { 200: advisoryStatus } };
    app.get(ADVISORIES_PATH, { config: { access: "anybody" }, schema }, async () => {
      using index = findIndex(directory);
      const known = index === undefined ? NOTHING : readStatus(index, clock());
      return advisoryStatus.parse({ ...known, feeds: await listFeeds(directory) });
    });
  };
}

/** Reasons and addresses are the operator's. */
async function listFeeds(directory: string): Promise<z.output<typeof advisoryStatus>["feeds"]> {
  const states = Object.entries(await readFeedStates(directory));
  return states.map(([name, { checkedAt, fetchedAt = null, failure }]) => ({
    ...{ name, checkedAt, fetchedAt },
    failed: failure !== undefined,
  }));
}
