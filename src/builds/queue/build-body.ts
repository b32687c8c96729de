import type { z } from "zod";
import type { build as buildSchema } from "../../contract/builds.ts";
import type { Repository } from "../../repositories/index.ts";
import type { Build } from "../builds-store.ts";
import type { BuildId } from "../tables.ts";
import type { WaitingPlace } from "./build-queue.ts";

/** A build, as the API shows it. */
export function toBuildBody(
  build: Build,
  { name }: Pick<Repository, "name">,
  places: ReadonlyMap<BuildId, WaitingPlace>,
): z.input<typeof buildSchema> {
  const { id, ref, commit, context, dockerfile, tags, state, why, exitCode, digest } = build;
  const { startedAt, endedAt, reason, phase, attempts } = build;
  return {
    ...{
      id,
      repository: name,
      ref,
      commit,
      context,
      dockerfile,
      state,
      reason,
      attempts,
      tags: [...tags],
    },
    ...(phase === undefined ? {} : { phase }),
    ...places.get(id),
    ...(why === undefined ? {} : { why }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(digest === undefined ? {} : { digest }),
    startedBy: build.by.name,
    createdAt: build.createdAt.toISOString(),
    ...(startedAt === undefined ? {} : { startedAt: startedAt.toISOString() }),
    ...(endedAt === undefined ? {} : { endedAt: endedAt.toISOString() }),
  };
}
