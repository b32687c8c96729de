import type { Importer } from "../record.ts";
import { debianChangelogs } from "./debian-changelogs.ts";
import { debianLists } from "./debian-lists.ts";
import { debianTracker } from "./debian-tracker.ts";

/** Every format that is understood, in the order in which they are tried on a file. */
export const IMPORTERS: readonly Importer[] = [debianTracker, debianChangelogs, debianLists];
