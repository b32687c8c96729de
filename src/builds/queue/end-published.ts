import type { Digest } from "../../oci/digest.ts";
import type { Repository, RepositoryId } from "../../repositories/index.ts";
import { listUsedBases } from "../bases/base-links-store.ts";
import type { Build, Ending } from "../builds-store.ts";
import { findOwed } from "../provenance/owed-provenance.ts";
import { type AttestPublishedDeps, attestPublished, imagesOf } from "./attest-published.ts";
import type { BuildLogs } from "./build-log.ts";

interface EndPublishedDeps extends AttestPublishedDeps {
  readonly logs: Pick<BuildLogs, "resume" | "end">;
  readonly findRepository: (id: RepositoryId) => Promise<Repository | undefined>;
}

const BEFORE = "the hub ended after it was published";

/** The rest of a build whose tags had moved when its hub ended: how it was built is said by what that hub had kept. */
export async function endPublished(deps: EndPublishedDeps, build: Build): Promise<Ending> {
  const { reader } = deps.database;
  const bases = await listUsedBases(reader, build.id);
  const owed = await findOwed(reader, build.id);
  const ending = { state: "succeeded", digest: build.digest, bases } as const;
  if (owed === undefined) {
    const images = build.digest === undefined ? [] : [build.digest as Digest];
    return { ...ending, images, why: `${BEFORE}: it has no provenance of this hub` };
  }
  const images = imagesOf(owed);
  const repository = await deps.findRepository(build.repositoryId);
  if (repository === undefined)
    return { ...ending, images, why: `${BEFORE}, and its repository is gone` };
  const output = await deps.logs.resume(build.id, (err) =>
    deps.log.warn({ err, build: build.id }, "the log of a build could not be written"),
  );
  const print = (text: string) => {
    if (!output.destroyed) output.write(text);
  };
  try {
    print("The hub ended after it was published; the next one goes on\n");
    const isWhole = await attestPublished(deps, build, { repository, bases, owed, print });
    const lack = isWhole
      ? ""
      : ", and its provenance could not be made: the log of the hub says why";
    return { ...ending, images, why: `${BEFORE}${lack}` };
  } finally {
    await deps.logs.end(output);
  }
}
