import type { FastifyReply, FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf, type Standings } from "../../access/index.ts";
import { ACCESS_HELP_PATH, accessHelp } from "../../contract/access-help.ts";
import { isRepositoryName } from "../../oci/name.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { Authority } from "../authority.ts";
import type { OrganizationTables } from "../tables.ts";
import { type AccessHelp, findAccessHelp } from "./access-help.ts";
import {
  type AccessPage,
  PAGE_POLICY,
  pageOf,
  pageOfNothing,
  toHtml,
  toText,
} from "./access-page.ts";

export interface AccessHelpRouteDeps {
  readonly database: Database<OrganizationTables>;
  readonly authority: Authority;
  readonly standings: Standings;
}

const config = { access: "anybody" } as const;
/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(512) });

/** Who can grant what a refusal said is missing: for programs, and at the address that refusals name, for people. */
export function createAccessHelpRoutes(deps: AccessHelpRouteDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const get = { params, response: { 200: accessHelp } };
    app.get(`${ACCESS_HELP_PATH}/*`, { config, schema: get }, async (request) =>
      toBody(await findAccessHelp(deps, callerOf(request), request.params["*"])),
    );
    app.get("/r/*", { config, schema: { params } }, async (request, reply) => {
      const asked = request.params["*"].replace(/\/rights$/, "").toLowerCase();
      const caller = callerOf(request);
      try {
        return answer(request, reply, pageOf(await findAccessHelp(deps, caller, asked)));
      } catch (cause) {
        if (!wantsHtml(request) || !isHidden(cause) || !isRepositoryName(asked)) throw cause;
        const page = pageOfNothing(asked, caller.by.kind !== "anonymous");
        return answer(request, reply.code(cause.status), page);
      }
    });
  };
}

/** It is there for nobody, or not for the one who asks. */
function isHidden(cause: unknown): cause is ProblemError {
  return cause instanceof ProblemError && (cause.status === 401 || cause.status === 404);
}

/** Browsers say that they want HTML; curl and its like say that anything will do, and are read by people. */
function answer(request: FastifyRequest, reply: FastifyReply, page: AccessPage): FastifyReply {
  reply.header("Vary", "Accept");
  if (!wantsHtml(request)) return reply.type("text/plain; charset=utf-8").send(toText(page));
  reply.header("Content-Security-Policy", PAGE_POLICY);
  return reply.type("text/html; charset=utf-8").send(toHtml(page));
}

function wantsHtml({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes("text/html") === true;
}

function toBody(help: AccessHelp): z.input<typeof accessHelp> {
  const { repository, visibility, account, may, limit, granter, granterNames, commands } = help;
  return {
    repository,
    visibility,
    account,
    may: [...may],
    limit,
    granter,
    granterNames: [...granterNames],
    commands: [...commands],
  };
}
