import { randomBytes } from "node:crypto";
import { link, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BuildFailed } from "../../builder/build-failed.ts";
import type { BuildBase, Builder, BuildJob } from "../../builder/builder.ts";
import { NotRun } from "../checks/check.ts";
import type { ImageSubject } from "../checks/image-subject.ts";
import type { BuiltFiles } from "./look-at-image.ts";

export interface ImageRun {
  readonly builder: Pick<Builder, "build" | "id" | "watches">;
  /** As the image was built. */
  readonly job: BuildJob;
  readonly image: BuiltFiles;
  readonly platform: string;
  readonly program: {
    /** The entrypoint, and the command that it is given. */
    readonly command: readonly string[];
    readonly stopSignal: string | undefined;
  };
  readonly signal: AbortSignal;
}

export type Ran = Pick<ImageSubject, "stop" | "start" | "listeners">;

const NAME = "localhost/berth-official:latest";
const FILE = ".berth-run";
const SIGNAL = /^(?:SIG)?([A-Z]+[0-9]?|[0-9]{1,2})$/;
/** What programs say that lack a right, whatever their language. */
const LACKS = /operation not permitted|permission denied|must be run as root|\bEPERM\b|\bEACCES\b/i;
const LINE_MOST = 200;

/**
 * Runs an image as a container of its own in the sandbox of builds, with their limits and without a network, until it was asked to
 * end. Where that is not possible, it says why.
 */
export async function runImage(run: ImageRun): Promise<Ran> {
  const { builder, program } = run;
  if (builder.watches !== true)
    return unseen(
      `the builder ${builder.id} runs no containers that can be watched: builds.builder buildah does`,
    );
  if (program.command.length === 0) return unseen("it has no command that could be run");
  const [, stopSignal] = SIGNAL.exec(program.stopSignal ?? "TERM") ?? [];
  if (stopSignal === undefined)
    return unseen(`it stops by ${program.stopSignal}, which is no signal`);
  const word = randomBytes(16).toString("hex");
  const end = await watch(run, { word, stopSignal });
  const { output, why } = end;
  if (end.isForeign) return unseen(why ?? "its programs are for another kind of machine");
  const told = output.split("\n").flatMap((line) => {
    const at = line.indexOf(word);
    return at < 0 ? [] : [line.slice(at + word.length + 1).trimEnd()];
  });
  if (!told.includes("started")) return endedAlone(end);
  const stopped = told.find((line) => line.startsWith("stopped "));
  const ms = stopped === undefined ? undefined : Number(stopped.slice("stopped ".length));
  if (ms === undefined && !told.includes("killed")) return unseen(why ?? "its end was not seen");
  return {
    start: { failure: undefined },
    stop: { ms },
    listeners: told
      .map((line) => /^listens ([0-9]+) (.*)$/.exec(line))
      .flatMap((found) =>
        found === null ? [] : [{ uid: Number(found[1]), process: found[2] ?? "" }],
      ),
  };
}

function unseen(why: string): Ran {
  const notRun = new NotRun(why);
  return { start: notRun, stop: notRun, listeners: notRun };
}

/** It was over before anybody asked it to be: fine for a tool, and nothing is known of what failed for want of settings. */
function endedAlone(end: Ending): Ran {
  const { exitCode, output } = end;
  if (exitCode === 0) return { start: { failure: undefined }, stop: { ms: 0 }, listeners: [] };
  if (exitCode === undefined)
    return unseen(`it could not be run: ${end.why ?? "nobody knows why"}`);
  const ended = `it ended with ${exitCode} by itself, before it could be looked at`;
  const line = output.split("\n").find((one) => LACKS.test(one));
  if (line === undefined) return unseen(ended);
  const failure = `it ended with ${exitCode}: ${line.trim().slice(0, LINE_MOST)}`;
  return { ...unseen(ended), start: { failure } };
}

/** For builders that are given what they build on: an image that no registry has. */
export function toBase({ digest, folder }: BuiltFiles, platform: string): BuildBase {
  return { reference: NAME, localName: NAME, platform, digest, folder };
}

interface Ending {
  readonly exitCode: number | undefined;
  readonly output: string;
  readonly why: string | undefined;
  /** This machine cannot run its programs. */
  readonly isForeign: boolean;
}

async function watch(
  { builder, job, image, platform, program, signal }: ImageRun,
  how: { readonly word: string; readonly stopSignal: string },
): Promise<Ending> {
  const work = `${job.work}-run`;
  const source = `${work}-source`;
  const folder = `${work}-image`;
  for (const one of [work, source, folder]) await mkdir(one);
  const files = await readdir(image.folder);
  for (const name of files.filter((one) => one !== "version"))
    await link(join(image.folder, name), join(folder, name));
  await writeFile(join(folder, "version"), "Directory Transport Version: 1.1\n");
  await writeFile(join(source, FILE), `FROM ${NAME}\nRUN ${JSON.stringify(program.command)}\n`);
  const output: Buffer[] = [];
  const ended = (exitCode: number | undefined, cause?: BuildFailed): Ending => ({
    ...{ exitCode, why: cause?.message, isForeign: cause?.isForeign ?? false },
    output: Buffer.concat(output).toString("utf8"),
  });
  try {
    await builder.build(
      {
        ...{ ...job, source, work, context: ".", dockerfile: FILE, dockerfileText: undefined },
        ...{ cache: undefined, network: "none", watch: how },
        bases: [toBase({ digest: image.digest, folder }, platform)],
      },
      (event) => {
        if (event.kind === "output") output.push(event.bytes);
      },
      signal,
    );
    return ended(0);
  } catch (cause) {
    if (!(cause instanceof BuildFailed)) throw cause;
    return ended(cause.exitCode, cause);
  }
}
