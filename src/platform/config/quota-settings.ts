import { z } from "zod";
import { byteSize, count } from "./values.ts";

const WHERE = "Unset: no limit.";

const bytes = (whose: string) =>
  byteSize
    .optional()
    .describe(`What ${whose} may store: layers, configurations and manifests, each once. ${WHERE}`);
const tags = (whose: string) =>
  count.optional().describe(`How many tags ${whose} may have. ${WHERE}`);
const repositories = (whose: string) =>
  count.optional().describe(`How many repositories ${whose} may have. ${WHERE}`);

function ofMany(whose: string) {
  return z
    .strictObject({
      bytes: bytes(whose),
      tags: tags(whose),
      repositories: repositories(whose),
    })
    .prefault({});
}

const REPOSITORY = "a repository of which nothing else was said";

/** What may be stored where nothing else was set by `berth quota set`. */
export const quotaSettings = z
  .strictObject({
    default: z
      .strictObject({
        hub: ofMany("the whole hub"),
        user: ofMany("a user of whom nothing else was said"),
        organization: ofMany("an organization of which nothing else was said"),
        repository: z
          .strictObject({ bytes: bytes(REPOSITORY), tags: tags(REPOSITORY) })
          .prefault({}),
      })
      .prefault({}),
  })
  .prefault({});
