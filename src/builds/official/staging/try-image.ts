import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BuildFailed } from "../../builder/build-failed.ts";
import type { Builder, BuildJob } from "../../builder/builder.ts";
import { NotRun } from "../checks/check.ts";
import type { ImageSubject, RanCommand } from "../checks/image-subject.ts";

export interface Trial {
  readonly builder: Pick<Builder, "build">;
  /** As the image was built, with layers that the builder kept. */
  readonly job: BuildJob;
  readonly dockerfile: string;
  readonly entrypoint: readonly string[];
  readonly signal: AbortSignal;
}

export type Tried = Pick<ImageSubject, "echo" | "shell" | "zone" | "passwd" | "shadow">;

/** What runs as a step after the last one of an image runs in that image, on every builder. */
export async function tryImage(trial: Trial): Promise<Tried> {
  const word = randomBytes(8).toString("hex");
  const echoed = await runStep(trial, `RUN ${JSON.stringify([...trial.entrypoint, "echo", word])}`);
  const script = [
    `echo ${word}zone=$(date +%Z)`,
    ...["passwd", "shadow"].map(
      (name) =>
        `if [ -r /etc/${name} ]; then while IFS= read -r l; do echo "${word}${name}=$l"; done < /etc/${name}; fi`,
    ),
  ].join("; ");
  const asked = await runStep(trial, `USER 0\nRUN ${JSON.stringify(["sh", "-c", script])}`);
  const echo = echoed instanceof NotRun ? echoed : toEcho(echoed, word);
  if (asked instanceof NotRun)
    return { echo, shell: asked, zone: asked, passwd: asked, shadow: asked };
  const shell = { exitCode: asked.exitCode, output: "" };
  if (asked.exitCode !== 0) {
    const mute = new NotRun("there is no shell that could say it");
    return { echo, shell, zone: mute, passwd: mute, shadow: mute };
  }
  const told = (name: string) => linesOf(asked.output, `${word}${name}=`).join("\n");
  const zone = { exitCode: 0, output: told("zone") };
  return { echo, shell, zone, passwd: told("passwd"), shadow: told("shadow") };
}

function toEcho({ exitCode, output }: RanCommand, word: string): RanCommand {
  const isEchoed = output.split("\n").some((line) => line.trim() === word);
  return { exitCode, output: isEchoed ? "hi" : "" };
}

function linesOf(output: string, start: string): string[] {
  return output
    .split("\n")
    .filter((line) => line.startsWith(start))
    .map((line) => line.slice(start.length).trimEnd());
}

async function runStep(
  { builder, job, dockerfile, signal }: Trial,
  step: string,
): Promise<RanCommand | NotRun> {
  const name = `.berth-${randomBytes(8).toString("hex")}`;
  // "wx": nothing of the sources leads it elsewhere.
  await writeFile(join(job.source, name), `${dockerfile}\n\n${step}\n`, { flag: "wx" });
  // What is built in place of the file gets the step as well.
  const steps =
    job.dockerfileText === undefined
      ? {}
      : { dockerfileText: `${job.dockerfileText}\n\n${step}\n` };
  const work = `${job.work}${name}`;
  await mkdir(work);
  const output: Buffer[] = [];
  const ran = (exitCode: number) => ({ exitCode, output: Buffer.concat(output).toString("utf8") });
  try {
    await builder.build(
      { ...job, ...steps, dockerfile: name, work },
      (event) => {
        if (event.kind === "output") output.push(event.bytes);
      },
      signal,
    );
    return ran(0);
  } catch (cause) {
    if (!(cause instanceof BuildFailed)) throw cause;
    if (cause.isForeign) return new NotRun(cause.message);
    return ran(cause.exitCode ?? 1);
  }
}
