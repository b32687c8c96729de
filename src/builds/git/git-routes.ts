import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import { type Caller, callerOf } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { failPoint } from "../../platform/fail-point.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { Repository, RepositoryId } from "../../repositories/index.ts";
import type { BuildAccess } from "../build-access.ts";
import { answerGit } from "./answer-git.ts";
import { answerByGit, type BackendRequest } from "./git-door.ts";
import type { GitRepositories } from "./git-repositories.ts";
import type { PushedRefs } from "./pushed-refs.ts";

export interface GitRouteDeps {
  readonly access: BuildAccess;
  readonly git: GitRepositories;
  readonly pushed: PushedRefs;
  /** Whether what is built of it comes from another Git server. */
  readonly hasSource: (repository: RepositoryId) => Promise<boolean>;
  readonly isOn: boolean;
  readonly log: Logger;
}

const PATH = /^(.+)\.git\/(info\/refs|git-upload-pack|git-receive-pack)$/;
const AT_ONCE = 8;

/** `git clone`, `git fetch` and `git push`, for whoever may push to the repository of images. */
export function createGitRoutes(deps: GitRouteDeps): FastifyPluginAsyncZod {
  const door = new GitDoor(deps);
  return async (app) => {
    // Packs go to git as they come.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request, _payload, done) => done(null));
    app.setErrorHandler(answerGit);
    app.route<{ Params: { "*": string }; Querystring: { service?: string } }>({
      method: ["GET", "POST"],
      url: "/git/*",
      config: { access: "anybody" },
      schema: { hide: true },
      handler: async (request, reply) => {
        const wish = readWish(request.params["*"], request.query.service);
        const caller = callerOf(request);
        // What git asks for a password upon.
        reply.header("WWW-Authenticate", 'Basic realm="Berth"');
        const repository = await door.open(caller, wish);
        reply.removeHeader("WWW-Authenticate");
        await door.answer({ ...wish, caller, repository }, request.raw, () => reply.hijack().raw);
        return reply;
      },
    });
  };
}

interface GitWish {
  readonly name: string;
  readonly path: string;
  readonly service: "git-receive-pack" | "git-upload-pack";
  readonly isPush: boolean;
}

/** Throws NOT_FOUND for what is no request of git's. */
function readWish(text: string, query: string | undefined): GitWish {
  const [, name = "", path = ""] = PATH.exec(text) ?? [];
  const service = path === "info/refs" ? query : path;
  if (service !== "git-receive-pack" && service !== "git-upload-pack")
    throw new ProblemError(PROBLEMS.NOT_FOUND);
  return { name, path, service, isPush: service === "git-receive-pack" };
}

/** Says the same of what is private and of what does not exist. */
function explainAbsence(error: unknown, name: string): unknown {
  if (!(error instanceof ProblemError) || error.type !== PROBLEMS.NOT_FOUND.type) return error;
  const detail = `there is no repository ${name} here that you may see: berth repo create ${name} makes one`;
  return new ProblemError(PROBLEMS.NOT_FOUND, { detail, cause: error });
}

class GitDoor {
  readonly #deps: GitRouteDeps;
  #underway = 0;

  constructor(deps: GitRouteDeps) {
    this.#deps = deps;
  }

  /** Throws BUILDS_OFF, and what whoever asks is to be told of the repository. */
  async open(caller: Caller, { name, isPush }: GitWish): Promise<Repository> {
    const { access } = this.#deps;
    if (caller.by.kind === "anonymous") throw new ProblemError(PROBLEMS.UNAUTHORIZED);
    // Also to fetch: an image that everybody may pull says nothing of who may read its sources.
    const repository = await access.getRepository(caller, name, "push").catch((error: unknown) => {
      throw explainAbsence(error, name);
    });
    await prepare(this.#deps, repository, isPush);
    return repository;
  }

  async answer(
    wish: GitWish & { readonly caller: Caller; readonly repository: Repository },
    request: IncomingMessage,
    hijack: () => ServerResponse,
  ): Promise<void> {
    const { git, pushed } = this.#deps;
    const { path, service, isPush, caller, repository } = wish;
    if (this.#underway >= AT_ONCE) throw new ProblemError(PROBLEMS.TOO_MANY_REQUESTS);
    this.#underway += 1;
    try {
      const repositoryPath = git.pathOf(repository.id);
      const writes = isPush && path !== "info/refs";
      using _held = writes ? await pushed.hold(repository.id) : undefined;
      if (writes) await pushed.begin(repository.id, caller.by);
      const query = path === "info/refs" ? `service=${service}` : "";
      const pusher = isPush ? caller.by.name : undefined;
      const { environment } = git;
      const asked = { repositoryPath, path: `/${path}`, query, pusher, environment };
      const response = hijack();
      await this.#pass(asked, request, response);
      // A hub that dies here has taken the push: the next one queues what comes of it.
      if (writes) await failPoint("git.pushed");
      if (writes) await settle(this.#deps, repository, caller);
      response.end();
    } finally {
      this.#underway -= 1;
    }
  }

  async #pass(
    asked: BackendRequest,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    try {
      await answerByGit(asked, request, response);
    } catch (err) {
      this.#deps.log.warn({ err }, "git did not answer");
      if (!response.headersSent) response.writeHead(500);
    }
  }
}

async function prepare(
  { git, isOn, hasSource }: GitRouteDeps,
  { id, name }: Repository,
  isPush: boolean,
): Promise<void> {
  if (!isOn)
    throw new ProblemError(PROBLEMS.BUILDS_OFF, {
      detail: "this hub builds no images: an administrator can switch builds on (builds.builder)",
    });
  if (isPush && (await hasSource(id))) throw new ProblemError(PROBLEMS.BUILD_SOURCE_ELSEWHERE);
  if (isPush && (await git.exists(id))) await git.assertRoom(id);
  // What was read of a server that is no source of it any more.
  if (isPush && (await git.isMirror(id))) await git.remove(id);
  if (isPush) await git.ensure(id);
  else if (!(await git.exists(id)))
    throw new ProblemError(PROBLEMS.NOT_FOUND, { detail: `nothing was pushed to ${name} yet` });
}

async function settle(
  { pushed, log }: GitRouteDeps,
  repository: Repository,
  caller: Caller,
): Promise<void> {
  try {
    await pushed.settle(repository, caller);
  } catch (err) {
    // Git has taken the push and told so. It stays unsettled, so it is queued a while later.
    log.error({ err, repository: repository.name }, "builds of a push were not queued");
  }
}
