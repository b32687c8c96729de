import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import { type Caller, callerOf } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { KeyedLock } from "../../lib/keyed-lock.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { Repository } from "../../repositories/index.ts";
import type { BuildAccess } from "../build-access.ts";
import { answerByGit, type BackendRequest } from "./git-door.ts";
import type { GitRepositories, Refs } from "./git-repositories.ts";

export interface GitRouteDeps {
  readonly access: BuildAccess;
  readonly git: GitRepositories;
  readonly isOn: boolean;
  readonly onPush: (push: GitPush) => Promise<void>;
  readonly log: Logger;
}

/** What somebody's push made of the refs. */
export interface GitPush {
  readonly repository: Repository;
  readonly caller: Caller;
  readonly before: Refs;
  readonly after: Refs;
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

class GitDoor {
  readonly #deps: GitRouteDeps;
  readonly #locks = new KeyedLock();
  #underway = 0;

  constructor(deps: GitRouteDeps) {
    this.#deps = deps;
  }

  /** Throws BUILDS_OFF, and what whoever asks is to be told of the repository. */
  async open(caller: Caller, { name, isPush }: GitWish): Promise<Repository> {
    const { access } = this.#deps;
    if (caller.by.kind === "anonymous") throw new ProblemError(PROBLEMS.UNAUTHORIZED);
    // Also to fetch: an image that everybody may pull says nothing of who may read its sources.
    const repository = await access.getRepository(caller, name, "push");
    await prepare(this.#deps, repository, isPush);
    return repository;
  }

  async answer(
    wish: GitWish & { readonly caller: Caller; readonly repository: Repository },
    request: IncomingMessage,
    hijack: () => ServerResponse,
  ): Promise<void> {
    const { git } = this.#deps;
    const { path, service, isPush, caller, repository } = wish;
    if (this.#underway >= AT_ONCE) throw new ProblemError(PROBLEMS.TOO_MANY_REQUESTS);
    this.#underway += 1;
    try {
      const repositoryPath = git.pathOf(repository.id);
      const writes = isPush && path !== "info/refs";
      // Two pushes at once would each see what the other moved.
      using _held = writes ? await this.#locks.acquire(repositoryPath) : undefined;
      const before = writes ? await git.listRefs(repository.id) : undefined;
      const query = path === "info/refs" ? `service=${service}` : "";
      const pusher = isPush ? caller.by.name : undefined;
      const { environment } = git;
      const asked = { repositoryPath, path: `/${path}`, query, pusher, environment };
      const response = hijack();
      await this.#pass(asked, request, response);
      if (before !== undefined) await notePush(this.#deps, { repository, caller, before });
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
  { git, isOn }: GitRouteDeps,
  { id }: Repository,
  isPush: boolean,
): Promise<void> {
  if (!isOn)
    throw new ProblemError(PROBLEMS.BUILDS_OFF, {
      detail: "an administrator can switch them on (builds.builder)",
    });
  if (isPush) await git.ensure(id);
  else if (!(await git.exists(id))) throw new ProblemError(PROBLEMS.NOT_FOUND);
}

async function notePush(deps: GitRouteDeps, push: Omit<GitPush, "after">): Promise<void> {
  try {
    const after = await deps.git.listRefs(push.repository.id);
    await deps.onPush({ ...push, after });
  } catch (err) {
    // Git has taken the push and told so: it can be built by asking for it.
    deps.log.error({ err, repository: push.repository.name }, "builds of a push were not queued");
  }
}
