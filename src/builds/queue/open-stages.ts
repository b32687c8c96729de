import { BroughtStages, type SideJob } from "../hooks/brought-stages.ts";
import { basesFor } from "./bases-for.ts";
import { buildWithSecrets } from "./build-with-secrets.ts";
import { readerOf } from "./propose.ts";
import { notePhase } from "./queue-store.ts";
import type { Run } from "./run-deps.ts";

/** The hooks and tests of a build, run by the builder that builds it and held to the same limits. Throws BuildFailed. */
export async function openStages(
  { deps, build, work, held, signal }: Run,
  { source, print }: { readonly source: string; readonly print: (bytes: string | Buffer) => void },
): Promise<BroughtStages> {
  const { database, limits, hooks } = deps;
  const repository = await deps.findRepository(build.repositoryId);
  const isCommit = build.options.upload === undefined;
  const message = isCommit ? await deps.git.messageOf(build.repositoryId, build.commit) : "";
  const run = ({ withSecrets, ...job }: SideJob) =>
    buildWithSecrets(
      deps,
      { build, work, print, signal, secrets: withSecrets ? build.options.secrets : [] },
      // A test that is not run proves nothing: nothing comes from a build before.
      { ...job, context: ".", target: undefined, limits, cache: undefined },
    );
  return await BroughtStages.open(
    {
      ...{ hookImage: hooks.image, host: hooks.host, repository: repository?.name ?? "", message },
      ...{ run, print, signal },
      prepareBases: (job) =>
        basesFor(deps, { ...job, platforms: [], by: readerOf(build), held, signal }),
      onTesting: () => database.write((trx) => notePhase(trx, build.id, "testing")),
    },
    build,
    { work, source },
  );
}
