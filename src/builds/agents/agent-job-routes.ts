import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import {
  agentEnding,
  agentFiles,
  agentHeartbeat,
  agentJob,
  agentProgress,
  agentProgressAnswer,
  BUILD_AGENT_PATHS,
} from "../../contract/build-agents.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import { BuildFailed } from "../builder/build-failed.ts";
import type { AgentPool, Claim } from "./agent-pool.ts";
import type { BuildAgents } from "./agents.ts";
import { packFolder } from "./pack-folder.ts";
import { acceptImages, listReceived, receiveFile } from "./received-images.ts";

interface AgentJobDeps {
  readonly agents: Pick<BuildAgents, "authenticate">;
  readonly pool: AgentPool;
}

/** The agent's token is in the request itself. */
const config = { access: "public" } as const;
const job = z.object({ job: z.string().max(64) });
const one = job.extend({ index: z.string().max(16) });
const CLAIM_MS = 20_000;
const HEARTBEAT_MS = 5000;
const FAILED_OUTPUT = 2;
/** More than any Dockerfile has. */
const STEPS = 5000;

/** What agents ask: each knows of the builds that it does, and of nothing else. */
export function createAgentJobRoutes(deps: AgentJobDeps): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(BUILD_AGENT_PATHS.claim, { config, schema: claimSchema }, async (request, reply) => {
      const agent = await deps.agents.authenticate(request.headers.authorization);
      const signal = hangUp(reply);
      const claim = await deps.pool.claim(agent, { waitMs: CLAIM_MS, signal });
      if (claim === undefined) return reply.code(204).send(null);
      if (!signal.aborted) return await toBody(claim, deps.pool.leaseMs);
      deps.pool.takeBack(claim);
      return reply.code(204).send(null);
    });
    const beat = { params: job, response: { 200: agentHeartbeat } };
    app.post(
      `${BUILD_AGENT_PATHS.jobs}/:job/heartbeat`,
      { config, schema: beat },
      async (request, reply) =>
        await answerHeartbeat(await findClaim(deps, request), deps.pool, hangUp(reply)),
    );
    const tell = { params: job, body: agentProgress, response: { 200: agentProgressAnswer } };
    app.post(`${BUILD_AGENT_PATHS.jobs}/:job/progress`, { config, schema: tell }, async (request) =>
      noteProgress(await findClaim(deps, request), request.body),
    );
    const end = { params: job, body: agentEnding, response: { 204: z.null() } };
    app.post(
      `${BUILD_AGENT_PATHS.jobs}/:job/end`,
      { config, schema: end },
      async (request, reply) => {
        const claim = await findClaim(deps, request);
        deps.pool.end(claim, await readEnding(claim, request.body));
        return reply.code(204).send(null);
      },
    );
    await app.register(createFileRoutes(deps));
  };
}

const claimSchema = { response: { 200: agentJob, 204: z.null() } };

/** Sources and bases on their way to agents, and images on their way back. */
function createFileRoutes(deps: AgentJobDeps): FastifyPluginAsyncZod {
  const { jobs } = BUILD_AGENT_PATHS;
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
    app.get(`${jobs}/:job/source`, { config, schema: { params: job } }, async (request, reply) => {
      const { order, over } = await findClaim(deps, request);
      return reply.type("application/x-tar").send(packFolder(order.job.source, over.signal));
    });
    const base = { params: one };
    app.get(`${jobs}/:job/bases/:index`, { config, schema: base }, async (request, reply) => {
      const { order, over } = await findClaim(deps, request);
      const found = order.job.bases[readIndex(request.params)];
      if (found === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
      return reply.type("application/x-tar").send(packFolder(found.folder, over.signal));
    });
    const list = { params: one, response: { 200: agentFiles } };
    app.get(`${jobs}/:job/images/:index`, { config, schema: list }, async (request) => {
      const claim = await findClaim(deps, request);
      return { files: await listReceived(claim, readIndex(request.params)) };
    });
    const params = one.extend({ file: z.string().max(64) });
    const put = { params, response: { 204: z.null() } };
    app.put(
      `${jobs}/:job/images/:index/:file`,
      { config, schema: put, bodyLimit: Number.MAX_SAFE_INTEGER },
      async (request, reply) => {
        const claim = await findClaim(deps, request);
        const { body } = request;
        const bytes = body instanceof Readable ? body : Readable.from([]);
        const { file } = request.params;
        await receiveFile(claim, { index: readIndex(request.params), file }, bytes);
        return reply.code(204).send(null);
      },
    );
  };
}

/** Throws NOT_FOUND, once it is known who asks. */
function readIndex({ index }: z.output<typeof one>): number {
  if (!/^\d{1,3}$/.test(index)) throw new ProblemError(PROBLEMS.NOT_FOUND);
  return Number(index);
}

/** Throws UNAUTHORIZED, and NOT_FOUND for what is no build of this agent (any more). */
async function findClaim({ agents, pool }: AgentJobDeps, request: FastifyRequest): Promise<Claim> {
  const agent = await agents.authenticate(request.headers.authorization);
  const { job: id } = job.parse(request.params);
  const claim = pool.find(agent, id);
  if (claim === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
  return claim;
}

/** Answers after a while, and at once when the build is to end. */
async function answerHeartbeat(
  { over }: Claim,
  { leaseMs }: AgentPool,
  gone: AbortSignal,
): Promise<z.output<typeof agentHeartbeat>> {
  const signal = AbortSignal.any([over.signal, gone]);
  const waitMs = Math.min(HEARTBEAT_MS, leaseMs / 3);
  await delay(waitMs, undefined, { signal }).catch(() => undefined);
  return { goesOn: !over.signal.aborted };
}

/** What came twice is taken once. */
function noteProgress(
  claim: Claim,
  { offset, output, steps }: z.output<typeof agentProgress>,
): z.output<typeof agentProgressAnswer> {
  const { order } = claim;
  const bytes = Buffer.from(output, "base64");
  const known = claim.printed - offset;
  if (known >= 0 && known < bytes.length) {
    const fresh = bytes.subarray(known);
    claim.printed += fresh.length;
    // The agent holds the limit itself, if it is what it should be.
    if (claim.printed > order.job.limits.logBytes * FAILED_OUTPUT)
      order.reject(new BuildFailed("the agent sent more output than a build may print"));
    else order.tell({ kind: "output", bytes: fresh });
  }
  for (const step of steps) {
    if (step.number !== order.steps.length + 1 || step.number > STEPS) continue;
    order.steps.push(step);
    order.tell({ kind: "step", step });
  }
  return { next: claim.printed };
}

async function readEnding(claim: Claim, ending: z.output<typeof agentEnding>) {
  if (ending.kind === "built") return await acceptImages(claim, ending.images);
  return new BuildFailed(ending.why, { exitCode: ending.exitCode });
}

async function toBody({ id, order }: Claim, leaseMs: number): Promise<z.input<typeof agentJob>> {
  const { context, dockerfile, target, args, platforms, cache, network, limits } = order.job;
  const secrets = [];
  for (const secret of order.job.secrets)
    secrets.push({ id: secret.id, value: await readFile(secret.file, "base64") });
  return {
    ...{ id, context, dockerfile, secrets, network, limits, leaseMs },
    ...{ args: { ...args }, platforms: [...platforms] },
    bases: order.job.bases.map(({ reference, localName, platform, digest, isPassing }) => ({
      ...{ reference, localName, platform, digest, isPassing },
    })),
    dockerfileText: order.job.dockerfileText,
    ...(target === undefined ? {} : { target }),
    ...(cache === undefined ? {} : { cache: { ...cache } }),
  };
}

function hangUp(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  return gone.signal;
}
