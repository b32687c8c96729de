import { Readable } from "node:stream";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../../access/index.ts";
import { splitTags, UPLOAD_PATH, uploadQuery } from "../../contract/build-uploads.ts";
import { buildRule, newBuilds } from "../../contract/builds.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { Repository } from "../../repositories/index.ts";
import type { BuildRouteDeps } from "../build-routes.ts";
import { findBuild, type NewBuild } from "../builds-store.ts";
import { toBuildBody } from "../queue/build-body.ts";
import type { BuildQueue } from "../queue/build-queue.ts";
import { listUploads } from "../queue/queue-store.ts";
import { resolveBuildPaths } from "../rules/build-paths.ts";
import { BuildRuleError } from "../rules/build-rule-error.ts";
import type { BuildUploads, UploadedContext } from "./build-uploads.ts";

interface UploadRouteDeps extends Pick<BuildRouteDeps, "access" | "database"> {
  readonly isOn: boolean;
  readonly queue: Pick<BuildQueue, "start" | "explain">;
  readonly uploads: Pick<BuildUploads, "take">;
}

type Wish = Omit<NewBuild, "repositoryId" | "namespace" | "by">;

const config = { access: "account" } as const;
const params = z.object({ "*": z.string().max(255) });
const WAITING_MOST = 10;
/** It is by no rule. */
const NO_RULE = -1;

/** Builds of what is sent along: whoever writes to the repository sends an archive, and no Git is needed. */
export function createUploadRoutes(deps: UploadRouteDeps): FastifyPluginAsyncZod {
  const { access, database, uploads, queue } = deps;
  return async (app) => {
    // It goes to a file as it comes.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
    const schema = { params, querystring: uploadQuery, response: { 201: newBuilds } };
    const options = { config, schema, bodyLimit: Number.MAX_SAFE_INTEGER };
    app.post(`${UPLOAD_PATH}/*`, options, async (request, reply) => {
      const caller = callerOf(request);
      const repository = await access.getRepository(caller, request.params["*"], "push");
      await assertRoom(deps, repository);
      const plan = planOf(request.query);
      const body = request.body instanceof Readable ? request.body : Readable.from([]);
      const ids = await uploads.take({ body, by: nameOf(caller) }, async (context) => {
        // Whoever has gone would not know of the build.
        if (request.raw.socket.destroyed) throw new ProblemError(PROBLEMS.BUILD_CONTEXT_INVALID);
        return await start(deps, { repository, caller, context, plan });
      });
      const made = await Promise.all(ids.map((id) => findBuild(database.reader, id)));
      const builds = made.flatMap((found) => found ?? []);
      const places = await queue.explain(builds);
      const items = builds.map((one) => toBuildBody(one, repository, places));
      return reply.code(201).send({ items });
    });
  };
}

/** Whoever has a token of an organization is that, and not somebody. */
function nameOf({ by }: Caller): string {
  return by.kind === "anonymous" ? "" : `${by.kind} ${by.name}`;
}

/** Throws BUILDS_OFF, and TOO_MANY_REQUESTS where many wait already: each is as large as an archive may be. */
async function assertRoom({ isOn, database }: UploadRouteDeps, { id }: Repository): Promise<void> {
  if (!isOn)
    throw new ProblemError(PROBLEMS.BUILDS_OFF, {
      detail: "this hub builds no images: an administrator can switch builds on (builds.builder)",
    });
  if ((await listUploads(database.reader, id)).length < WAITING_MOST) return;
  const detail = `${WAITING_MOST} builds of uploads wait already`;
  throw new ProblemError(PROBLEMS.TOO_MANY_REQUESTS, { detail });
}

/** Throws BUILD_RULE_INVALID. */
function planOf(query: z.output<typeof uploadQuery>): Omit<Wish, "commit"> {
  const tags = splitTags(query.tags);
  try {
    const args = buildRule.shape.args.parse(query.args && JSON.parse(query.args)) ?? {};
    const platforms = buildRule.shape.platforms.parse(query.platforms?.split(",")) ?? [];
    return {
      // Of two that are to have the same names, the later one is wanted.
      ...{ ref: `upload:${tags.join(",")}`, rule: NO_RULE, reason: "asked", tags },
      ...resolveBuildPaths({ dockerfile: query.dockerfile }),
      caching: query.caching ?? true,
      // Rules say who is given secrets; what is uploaded is by none.
      options: {
        args,
        secrets: [],
        target: query.target,
        platforms,
        hooks: query.hooks ?? true,
        autotest: "off",
      },
    };
  } catch (cause) {
    const isTold = cause instanceof BuildRuleError;
    if (!isTold && !(cause instanceof z.ZodError) && !(cause instanceof SyntaxError)) throw cause;
    const detail = isTold ? cause.message : "the arguments or platforms cannot be used";
    throw new ProblemError(PROBLEMS.BUILD_RULE_INVALID, { detail, cause });
  }
}

async function start(
  { queue }: UploadRouteDeps,
  wish: {
    readonly repository: Repository;
    readonly caller: Caller;
    readonly context: UploadedContext;
    readonly plan: Omit<Wish, "commit">;
  },
) {
  const { repository, caller, plan } = wish;
  const { id: upload, digest: commit } = wish.context;
  return await queue.start(repository, caller, {
    ...plan,
    ...{ commit, options: { ...plan.options, upload } },
  });
}
