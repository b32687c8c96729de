import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../../access/index.ts";
import { BUILD_ADVICE_PATH, buildAdvice } from "../../contract/build-advice.ts";
import type { Database } from "../../platform/db/index.ts";
import type { BuildAccess } from "../build-access.ts";
import type { BuildTables } from "../tables.ts";
import { adviseOnBuilds } from "./advise-on-builds.ts";
import { listFacts } from "./build-facts-store.ts";

interface AdviceRouteDeps {
  readonly database: Pick<Database<BuildTables>, "reader">;
  readonly access: BuildAccess;
}

/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });

/** What the builds of a repository say about its Dockerfiles: for whoever may see the builds. */
export function createAdviceRoutes({ database, access }: AdviceRouteDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const schema = { params, response: { 200: buildAdvice } };
    const config = { access: "account" } as const;
    app.get(`${BUILD_ADVICE_PATH}/*`, { config, schema }, async (request) => {
      const { id } = await access.getRepository(callerOf(request), request.params["*"], "pull");
      const places = [...(await listFacts(database.reader, id))];
      return {
        items: places.map(([place, facts]) => {
          const [context = "", dockerfile = ""] = place.split("\n");
          return { context, dockerfile, builds: facts.length, advice: adviseOnBuilds(facts) };
        }),
      };
    });
  };
}
