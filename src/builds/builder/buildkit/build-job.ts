import { join } from "node:path";
import type { BuildEvent, BuildJob, BuildResult, BuildStep } from "../builder.ts";
import type { GrpcClient } from "./grpc-client.ts";
import { attributesOf, servicesOf } from "./job-attributes.ts";
import type { Service } from "./session.ts";
import { type Solve, solve } from "./solve.ts";

export interface JobRun {
  readonly job: BuildJob;
  readonly tell: (event: BuildEvent) => void;
  readonly signal: AbortSignal;
}

/** How an image leaves the builder. */
export interface Export extends Pick<Solve, "exporter" | "exporterAttributes"> {
  readonly services: Readonly<Record<string, Service>>;
  /** The digest of what lies in the folder then. */
  readonly collect: (folder: string) => Promise<string>;
}

/** One image for each platform, one after the other. Throws BuildFailed. */
export async function buildJob(
  client: GrpcClient,
  run: JobRun,
  how: {
    /** As it is to be read: names of bases may be others in it. */
    readonly dockerfile: string;
    /** Before each platform is built for. */
    readonly prepare?: (platform: string | undefined) => Promise<void>;
    readonly exportTo: (work: string) => Export;
  },
): Promise<BuildResult> {
  const { job } = run;
  const services = await servicesOf(job, how.dockerfile);
  const platforms = job.platforms.length === 0 ? [undefined] : job.platforms;
  const images = [];
  const steps: BuildStep[] = [];
  for (const [index, platform] of platforms.entries()) {
    await how.prepare?.(platform);
    const target = how.exportTo(join(job.work, `export-${index}`));
    const wish = {
      ...target,
      attributes: attributesOf(job, platform),
      sharedKey: job.cache === undefined ? job.work : `berth-${job.cache.repository}`,
      services: { ...services, ...target.services },
    };
    steps.push(...(await solve(client, wish, run)));
    const folder = join(job.work, `image-${index}`);
    images.push({ platform, digest: await target.collect(folder), folder });
  }
  return {
    images,
    steps: steps.map((step, index) => ({ ...step, number: index + 1 })),
    cachedSteps: steps.filter(({ isCached }) => isCached).length,
    basesUsed: [...job.bases, ...(job.pinned?.bases ?? [])].map(
      ({ reference, platform, digest }) => ({
        ...{ reference, platform, digest },
      }),
    ),
  };
}
