import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BuildFailed } from "../builder/build-failed.ts";
import type { BuildJob, BuildResult } from "../builder/builder.ts";
import type { Build } from "../builds-store.ts";
import { readCommand, unpackImage } from "./built-image.ts";
import { type Brought, findBrought, type Hook, makeRunnable } from "./find-hooks.ts";
import { printHooks, printTest } from "./hook-job.ts";
import { variablesOf } from "./hub-variables.ts";
import { readTest } from "./read-test.ts";

export type SideJob = Pick<
  BuildJob,
  | "source"
  | "dockerfile"
  | "dockerfileText"
  | "args"
  | "bases"
  | "pinned"
  | "network"
  | "work"
  | "platforms"
> & { readonly withSecrets: boolean };

interface StagesDeps {
  /** Undefined where hooks are not run. */
  readonly hookImage: string | undefined;
  /** Of the hub, as images are named by it. */
  readonly host: string;
  readonly repository: string;
  /** Of the commit. */
  readonly message: string;
  /** Pulls what a Dockerfile is based on, where the builder does not. */
  readonly prepareBases: (
    job: Pick<SideJob, "source" | "dockerfile" | "args">,
  ) => Promise<Pick<BuildJob, "bases" | "dockerfileText" | "pinned">>;
  /** With the builder of the build, its limits and its cancellation. */
  readonly run: (job: SideJob) => Promise<BuildResult>;
  readonly print: (text: string) => void;
  readonly onTesting: () => Promise<void>;
  readonly signal: AbortSignal;
}

type BuiltImage = BuildResult["images"][number];

const TOOLS = "the hub has no image to run hooks in (builds.hookImage)";

/** The hooks and tests that a repository brings along, in the order of Docker Hub. */
export class BroughtStages {
  readonly #deps: StagesDeps;
  readonly #build: Build;
  readonly #work: string;
  readonly #brought: Brought;
  readonly #variables: Readonly<Record<string, string>>;
  #source: string;
  #made = 0;

  private constructor(
    deps: StagesDeps,
    build: Build,
    place: { readonly work: string; readonly source: string; readonly brought: Brought },
  ) {
    this.#deps = deps;
    this.#build = build;
    this.#work = place.work;
    this.#source = place.source;
    this.#brought = place.brought;
    this.#variables = variablesOf(build, deps);
  }

  /** Throws BuildFailed for what cannot be run here. */
  static async open(
    deps: StagesDeps,
    build: Build,
    place: { readonly work: string; readonly source: string },
  ): Promise<BroughtStages> {
    const brought = build.options.hooks
      ? await findBrought(place.source, build.dockerfile)
      : { folder: ".", hooks: [], tests: [] };
    const [hook] = brought.hooks;
    if (hook !== undefined && deps.hookImage === undefined)
      throw new BuildFailed(
        `hooks/${hook} cannot be run: ${TOOLS}; --no-hooks leaves hooks and tests alone`,
      );
    await makeRunnable(place.source, brought);
    const stages = new BroughtStages(deps, build, { ...place, brought });
    // What cannot be tested is told before anything is built.
    for (const name of brought.tests) await stages.#read(name);
    return stages;
  }

  /** Where it lies now: each hook leaves another. */
  get source(): string {
    return this.#source;
  }

  /** Answers where the source lies: it is what the hooks made of it. */
  async beforeBuild(): Promise<string> {
    await this.#runHooks(["post_checkout", "pre_build"]);
    return this.#source;
  }

  /** Throws BuildFailed where a hook or a test does not end with 0: nothing is published then. */
  async afterBuild(image: BuiltImage | undefined): Promise<void> {
    const { tests } = this.#brought;
    const isTested = tests.length > 0 && image !== undefined;
    await this.#runHooks(isTested ? ["post_build", "pre_test"] : ["post_build"]);
    if (!isTested) return;
    await this.#deps.onTesting();
    for (const name of tests) await this.#test(name, image);
    await this.#runHooks(["post_test"]);
  }

  async beforePush(): Promise<void> {
    await this.#runHooks(["pre_push"]);
  }

  async afterPush(): Promise<void> {
    await this.#runHooks(["post_push"]);
  }

  async #runHooks(wanted: readonly Hook[]): Promise<void> {
    const hooks = wanted.filter((hook) => this.#brought.hooks.includes(hook));
    const { hookImage: image, print, run, signal } = this.#deps;
    if (hooks.length === 0 || image === undefined) return;
    print(`Running ${hooks.map((hook) => `hooks/${hook}`).join(" and ")} in ${image}\n`);
    const { source, work } = await this.#folders();
    await rename(this.#source, join(source, "source"));
    const shared = { folder: this.#brought.folder, variables: this.#variables };
    const { secrets } = this.#build.options;
    const text = printHooks({ ...shared, image, hooks, secrets });
    await writeFile(join(source, "Dockerfile"), text);
    const job = { source, dockerfile: "Dockerfile", args: this.#variables };
    const bases = await this.#deps.prepareBases(job);
    const { images } = await run({
      ...{ ...job, ...bases, work, platforms: [] },
      ...{ network: "filtered", withSecrets: true },
    });
    this.#source = join(work, "left");
    await unpackImage(images[0]?.folder ?? "", this.#source, signal);
  }

  async #read(name: string) {
    const { folder } = this.#brought;
    const path = folder === "." ? name : `${folder}/${name}`;
    const dockerfile = this.#build.dockerfile.slice(folder === "." ? 0 : folder.length + 1);
    const { IMAGE_NAME } = this.#variables;
    const variables = { ...this.#variables, IMAGE_NAME: IMAGE_NAME ?? "" };
    return await readTest(this.#source, path, { dockerfile, variables });
  }

  async #test(name: string, image: BuiltImage): Promise<void> {
    const { print, run } = this.#deps;
    const test = await this.#read(name);
    const own = await readCommand(image.folder);
    const rest = test.entrypoint === undefined ? own.command : [];
    const argv = [...(test.entrypoint ?? own.entrypoint), ...(test.command ?? rest)];
    if (argv.length === 0)
      throw new BuildFailed(`${name}: neither sut nor the image says what is to be run`);
    print(`Testing by ${name}: ${argv.join(" ")}\n`);
    const { source, work } = await this.#folders();
    const reference = `localhost/berth-test:${this.#build.id}`;
    const variables = this.#variables;
    await writeFile(
      join(source, "Dockerfile"),
      printTest({ image: reference, argv, test, variables }),
    );
    const platform = image.platform ?? this.#build.options.platforms[0];
    const { digest, folder } = image;
    const base = { reference, platform: platform ?? "", digest, folder, isPassing: true };
    try {
      await run({
        ...{ source, work, dockerfile: "Dockerfile", dockerfileText: undefined, args: variables },
        ...{ bases: [base], platforms: platform === undefined ? [] : [platform] },
        ...{ network: "none", withSecrets: false },
      });
    } catch (cause) {
      if (!(cause instanceof BuildFailed)) throw cause;
      const { exitCode, isLate } = cause;
      throw new BuildFailed(`the test of ${name} failed: ${cause.message}`, {
        ...{ exitCode, isLate, cause },
      });
    }
    print(`${name} passed\n`);
  }

  /** Of one more run, each with a source of its own. */
  async #folders(): Promise<{ readonly source: string; readonly work: string }> {
    this.#made += 1;
    const folder = join(this.#work, `side-${this.#made}`);
    const source = join(folder, "source");
    const work = join(folder, "work");
    for (const one of [source, work]) await mkdir(one, { recursive: true });
    return { source, work };
  }
}
