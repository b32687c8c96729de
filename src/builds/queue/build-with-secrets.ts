import type { BuildEvent, Builder, BuildJob, BuildResult, BuildStep } from "../builder/builder.ts";
import type { Build } from "../builds-store.ts";
import type { BuildSecrets } from "../secrets/build-secrets.ts";
import { SecretMask } from "../secrets/mask.ts";
import { openSecretFiles } from "../secrets/secret-files.ts";

interface SecretDeps {
  readonly builder: Pick<Builder, "build">;
  readonly secrets: Pick<BuildSecrets, "open">;
  readonly data: string;
}

/** Has the builder do a job of a build, with the secrets of its rule as files, which are hidden in what is printed. */
export async function buildWithSecrets(
  deps: SecretDeps,
  wish: {
    readonly build: Build;
    /** Names of secrets. */
    readonly secrets: readonly string[];
    readonly work: string;
    readonly print: (bytes: string | Buffer) => void;
    readonly onStep?: (step: BuildStep) => Promise<void>;
    readonly signal: AbortSignal;
  },
  job: Omit<BuildJob, "secrets">,
): Promise<BuildResult> {
  const { build, print, onStep, signal } = wish;
  const secrets = await deps.secrets.open(build.repositoryId, wish.secrets);
  const values = secrets.map(({ value }) => value);
  const mask = new SecretMask(values);
  // Steps are cut from what was printed before it was masked.
  const ofSteps = new SecretMask(values);
  const hide = (text: string) =>
    Buffer.concat([ofSteps.push(Buffer.from(text)), ofSteps.end()]).toString("utf8");
  await using shown = await openSecretFiles(secrets, { data: deps.data, work: wish.work });
  const kept: Promise<void>[] = [];
  const tell = (event: BuildEvent) => {
    if (event.kind === "output") print(mask.push(event.bytes));
    else if (onStep !== undefined)
      kept.push(onStep({ ...event.step, text: hide(event.step.text) }));
  };
  try {
    return await deps.builder.build({ ...job, secrets: shown.files }, tell, signal);
  } finally {
    print(mask.end());
    await Promise.all(kept);
  }
}
