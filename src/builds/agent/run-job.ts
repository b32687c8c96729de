import { createHash } from "node:crypto";
import { access, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RepositoryId } from "../../repositories/index.ts";
import { BuildFailed } from "../builder/build-failed.ts";
import type { BuildBase, Builder, BuildJob, BuildResult } from "../builder/builder.ts";
import { unpack } from "../builder/unpack.ts";
import type { AgentEnding, AgentHub, AgentJob } from "./agent-hub.ts";
import { HubSaysNo } from "./hub-says-no.ts";
import { Lease, LeaseLost } from "./lease.ts";
import { AgentOutput } from "./output.ts";

export interface AgentParts {
  readonly hub: AgentHub;
  readonly builder: Builder;
  /** Where builds lie while they run. */
  readonly folder: string;
  /** A file system in memory, where secrets lie. */
  readonly memory: string;
}

/** Does one build, and tells the hub. Answers how it ended, for the log of the agent. */
export async function runJob(
  parts: AgentParts,
  job: AgentJob,
  stopped: AbortSignal,
): Promise<string> {
  const { hub, builder, folder } = parts;
  await using lease = new Lease(hub, job);
  const stop = () => lease.lose("the agent stopped");
  stopped.addEventListener("abort", stop);
  const work = join(folder, job.id);
  const secrets = join(parts.memory, job.id);
  try {
    const ending = await build(parts, { job, work, secrets, lease });
    await lease.insist((signal) => hub.end(job.id, ending, signal));
    return ending.kind === "built" ? "succeeded" : `failed: ${ending.why}`;
  } catch (cause) {
    if (cause instanceof LeaseLost) return `given up: ${cause.message}`;
    if (cause instanceof HubSaysNo) return `given up: ${cause.message}`;
    throw cause;
  } finally {
    stopped.removeEventListener("abort", stop);
    await rm(parts.memory, { recursive: true, force: true });
    await builder.clear(work);
  }
}

interface Run {
  readonly job: AgentJob;
  readonly work: string;
  readonly secrets: string;
  readonly lease: Lease;
}

/** Throws LeaseLost, and HubSaysNo. */
async function build(parts: AgentParts, run: Run): Promise<AgentEnding> {
  const { hub, builder } = parts;
  const { job, lease } = run;
  const output = new AgentOutput({
    send: (piece) =>
      lease.insist((signal) => hub.tell(job.id, { ...piece, steps: [...piece.steps] }, signal)),
    onFailure: (cause) => lease.lose(cause instanceof Error ? cause.message : String(cause)),
  });
  try {
    const prepared = await prepare(parts, run);
    const result = await builder.build(prepared, (event) => output.take(event), lease.signal);
    await output.flush();
    await sendImages(hub, run, result);
    const images = result.images.map(({ platform, digest }) => ({ platform, digest }));
    return { kind: "built", images };
  } catch (cause) {
    lease.signal.throwIfAborted();
    if (!(cause instanceof BuildFailed)) throw cause;
    await output.flush();
    const { exitCode } = cause;
    const why = cause.message.slice(0, 4000);
    return { kind: "failed", why, ...(exitCode === undefined ? {} : { exitCode }) };
  }
}

async function prepare({ hub }: AgentParts, { job, work, secrets, lease }: Run): Promise<BuildJob> {
  const at = (name: string) => join(work, name);
  for (const name of ["work", "source"]) await mkdir(at(name), { recursive: true });
  const fetch = async (what: string, folder: string) => {
    const wish = { job: job.id, what, file: `${folder}.tar` };
    await using _archive = await lease.insist((signal) => hub.fetch(wish, signal));
    await unpack(wish.file, folder, lease.signal);
  };
  await fetch("source", at("source"));
  const bases: BuildBase[] = [];
  for (const [index, base] of job.bases.entries()) {
    const folder = at(`base-${index}`);
    await fetch(`bases/${index}`, folder);
    const { localName, ...rest } = base;
    bases.push({ ...rest, folder, ...(localName === undefined ? {} : { localName }) });
  }
  const given = [];
  if (job.secrets.length > 0) await mkdir(secrets, { recursive: true, mode: 0o700 });
  for (const [index, { id, value }] of job.secrets.entries()) {
    const file = join(secrets, String(index));
    await writeFile(file, Buffer.from(value, "base64"), { mode: 0o600 });
    given.push({ id, file });
  }
  const { context, dockerfile, target, args, platforms, network, limits, cache } = job;
  const { dockerfileText } = job;
  const scope = cache && { ...cache, repository: cache.repository as RepositoryId };
  return {
    ...{ context, dockerfile, target, args, platforms, network, limits, bases },
    ...{ dockerfileText, source: at("source"), work: at("work"), secrets: given, cache: scope },
  };
}

/** What the hub has already is not sent again. */
async function sendImages(hub: AgentHub, { job, lease }: Run, result: BuildResult): Promise<void> {
  for (const [index, { folder }] of result.images.entries()) {
    const sent = await lease.insist((signal) => hub.listSent(job.id, index, signal));
    for (const name of await readdir(folder)) {
      if (!/^(?:manifest\.json|[0-9a-f]{64})$/.test(name) || sent.includes(name)) continue;
      const wish = { job: job.id, index, name, file: join(folder, name) };
      await lease.insist((signal) => hub.sendFile(wish, signal));
    }
  }
}

/** Where secrets lie while they are used: never on a disk. None are left of an agent before. Throws when there is no place in memory. */
export async function openMemory(folder: string): Promise<string> {
  const name = createHash("sha256").update(folder).digest("hex").slice(0, 16);
  const memory = join(await findMemory(), `berth-agent-${name}`);
  await rm(memory, { recursive: true, force: true });
  return memory;
}

async function findMemory(): Promise<string> {
  for (const place of ["/dev/shm", "/run"])
    if (
      await access(place, 2).then(
        () => true,
        () => false,
      )
    )
      return place;
  throw new Error("there is no file system in memory (/dev/shm) that this user may write to");
}
