import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { makeTempDirectory } from "./temp-directory.ts";

const run = promisify(execFile);
const ENV = {
  PATH: process.env.PATH,
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  ...{ GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@b.c" },
  ...{ GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@b.c" },
};

/** Of a request that may be answered with something else than git. */
export type GitFront = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A Git server such as those that others run: `git http-backend` behind HTTP, for one who knows the token, if there is one. */
export async function startGitServer(options: { token?: string; front?: GitFront } = {}) {
  const folder = await makeTempDirectory("git-server");
  const work = join(folder.path, "work");
  const bare = join(folder.path, "acme", "api.git");
  const git = async (...args: string[]) =>
    (await run("git", ["-C", work, ...args], { env: ENV })).stdout.trim();
  await mkdir(work, { recursive: true });
  await run("git", ["init", "--quiet", "--bare", "--initial-branch=main", bare], { env: ENV });
  await git("init", "--quiet", "--initial-branch=main");
  await git("remote", "add", "origin", bare);
  const children = new Set<ChildProcess>();
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    if (options.front?.(request, response) === true) return;
    if (options.token !== undefined && !isShown(request, options.token)) {
      response.writeHead(401, { "www-authenticate": "Basic" }).end();
      return;
    }
    answer(folder.path, request, response, children);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    bare,
    git,
    seen,
    url: `http://127.0.0.1:${port}/acme/api.git`,
    /** Commits what the files then hold, and brings it to the server. Answers the commit. */
    async push(ref: string, files: Readonly<Record<string, string>>, message = "a change") {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(work, path)), { recursive: true });
        await writeFile(join(work, path), text);
      }
      await git("add", "--all");
      await git("commit", "--quiet", "--allow-empty", "--message", message);
      await git("push", "--quiet", "--force", "origin", `HEAD:${ref}`);
      return await git("rev-parse", "HEAD");
    },
    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill("SIGKILL");
      server.closeAllConnections();
      server.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function isShown({ headers }: IncomingMessage, token: string): boolean {
  const [, text = ""] = (headers.authorization ?? "").split(" ");
  return Buffer.from(text, "base64").toString().split(":")[1] === token;
}

function answer(
  ...[root, request, response, children]: [
    string,
    IncomingMessage,
    ServerResponse,
    Set<ChildProcess>,
  ]
): void {
  const url = new URL(request.url ?? "/", "http://x");
  const child = spawn("git", ["http-backend"], {
    env: {
      ...ENV,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: String(request.headers["content-encoding"] ?? ""),
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.add(child);
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.once("close", () => {
    children.delete(child);
    const all = Buffer.concat(chunks);
    const end = all.indexOf("\r\n\r\n");
    for (const line of all.subarray(0, end).toString("latin1").split("\r\n")) {
      const [name = "", value = ""] = line.split(": ");
      if (name === "Status") response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.end(all.subarray(end + 4));
  });
}

/** Sends what GitHub or Gitea sends of a push, signed as they sign it. */
export async function deliverPush(
  wish: { readonly hookUrl: string; readonly secret: string; readonly ref: string },
  kind: "github" | "gitea",
  more: { readonly after?: string; readonly id?: string; readonly body?: string } = {},
): Promise<{ status: number; body: string; sent: { body: string; id: string } }> {
  const { after = "0".repeat(39).concat("1"), id = randomUUID() } = more;
  const content = { ref: wish.ref, after, repository: { pushed_at: performance.now() } };
  const body = more.body ?? JSON.stringify(content);
  const signature = createHmac("sha256", wish.secret).update(body).digest("hex");
  const headers =
    kind === "github"
      ? {
          "x-github-event": "push",
          "x-github-delivery": id,
          "x-hub-signature-256": `sha256=${signature}`,
        }
      : { "x-gitea-event": "push", "x-gitea-delivery": id, "x-gitea-signature": signature };
  const response = await fetch(wish.hookUrl, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  return { status: response.status, body: await response.text(), sent: { body, id } };
}
