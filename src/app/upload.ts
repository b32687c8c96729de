import { realpath } from "node:fs/promises";
import { z } from "zod";
import { nothing } from "../cli/api-command.ts";
import { readBuildArgs } from "../cli/build-args.ts";
import { CommandError, type Invocation } from "../cli/command.ts";
import { followBuild } from "../cli/follow-build.ts";
import { askCode, findCredentials } from "../cli/hub-connection.ts";
import { repositoryPath } from "../cli/repository-path.ts";
import { createHubClient, type HubClient } from "../client/hub-client.ts";
import { UPLOAD_PATH } from "../contract/build-uploads.ts";
import { BUILD_PATHS, buildPage, newBuilds } from "../contract/builds.ts";
import { type PackedContext, packContext } from "./pack-context.ts";

const uploadOptions = z.object({
  tag: z.array(z.string()).optional(),
  file: z.string().default("Dockerfile"),
  buildArg: z.array(z.string()).default([]),
  target: z.string().optional(),
  platform: z.array(z.string()).optional(),
  cache: z.boolean().default(true),
  hooks: z.boolean().default(true),
  detach: z.boolean().default(false),
  json: z.boolean().default(false),
});

type Options = z.output<typeof uploadOptions>;

const CANCEL_MS = 10_000;

/** Sends a directory, and stays with its build. */
export async function uploadContext(invocation: Invocation): Promise<"ok"> {
  const { terminal, operands } = invocation;
  const [name, directory = "."] = operands;
  const options = uploadOptions.parse(invocation.options);
  const root = await realpath(directory).catch((cause: unknown) => {
    throw new CommandError("usage", `there is no directory ${directory}`, { cause });
  });
  const context = await packContext(root, options.file.replace(/^\.\//, ""));
  const credentials = await findCredentials(invocation);
  const open = (signal: AbortSignal) =>
    createHubClient({ ...credentials, askCode: () => askCode(terminal), signal });
  await using hub = open(terminal.signal);
  // Who asks, and whether the repository is there, is settled before anything is sent.
  const path = repositoryPath(name);
  await hub.call({ line: `GET ${BUILD_PATHS.of}/${path}?limit=1`, answer: buildPage });
  const made = await send(hub, invocation, { context, line: printLine(path, options) });
  const [built] = made.items;
  if (options.json) terminal.printJson(made);
  if (built === undefined) throw new CommandError("failed", "the hub began no build");
  if (options.detach) {
    if (!options.json) terminal.print(`build ${built.id} waits: berth build logs ${built.id}`);
    return "ok";
  }
  try {
    return await followBuild(hub, invocation, String(built.id));
  } catch (cause) {
    if (terminal.signal.aborted) await cancel(open, invocation, built.id);
    throw cause;
  }
}

function printLine(path: string, options: Options): string {
  const { tag, file, buildArg, target, platform, cache } = options;
  const query = new URLSearchParams({
    ...(tag === undefined ? {} : { tags: tag.join(",") }),
    dockerfile: file,
    ...(target === undefined ? {} : { target }),
    ...(platform === undefined ? {} : { platforms: platform.join(",") }),
    ...(buildArg.length === 0 ? {} : { args: JSON.stringify(readBuildArgs(buildArg)) }),
    ...(options.hooks ? {} : { hooks: "false" }),
    ...(cache ? {} : { caching: "false" }),
  });
  return `POST ${UPLOAD_PATH}/${path}?${query}`;
}

async function send(
  hub: HubClient,
  { terminal }: Invocation,
  { context, line }: { readonly context: PackedContext; readonly line: string },
): Promise<z.output<typeof newBuilds>> {
  const progress = terminal.openProgress("sent");
  async function* shown() {
    let done = 0;
    for await (const piece of context.archive()) {
      yield piece;
      done += piece.length;
      progress.update({ done, total: context.bytes, unit: "bytes" });
    }
  }
  try {
    return await hub.upload({ line, answer: newBuilds }, shown());
  } finally {
    progress.clear();
  }
}

/** Whoever goes away wants no build of it. */
async function cancel(
  open: (signal: AbortSignal) => HubClient,
  { terminal }: Invocation,
  id: number,
): Promise<void> {
  try {
    await using hub = open(AbortSignal.timeout(CANCEL_MS));
    await hub.call({ line: `POST ${BUILD_PATHS.one}/${id}/cancel`, answer: nothing });
    terminal.note(`build ${id} is cancelled`);
  } catch {
    // It may have ended at that very moment; if not, that is how to end it.
    terminal.note(`build ${id} could not be cancelled: berth build cancel ${id}`);
  }
}
