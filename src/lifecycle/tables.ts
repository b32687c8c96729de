import type { RegistryTables } from "../registry/index.ts";
import type { RepositoryId } from "../repositories/index.ts";

/** The rows this capability owns, and those of others that it reads. */
export interface LifecycleTables extends RegistryTables {
  immutable_tags: {
    repository_id: RepositoryId;
    state: "on" | "off";
    /** A list as JSON; an empty one stands for all tags. */
    patterns: string;
  };
}
