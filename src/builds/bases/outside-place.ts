import type { RepositoryId } from "../../repositories/index.ts";

/** No repository of the hub: its tags are the whole names of images in other registries. */
export const OUTSIDE = 0 as RepositoryId;
