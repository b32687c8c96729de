import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import { PROBLEMS } from "../contract/problems.ts";
import { ConfigError } from "../platform/config/index.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import { ScanAccess } from "../scanning/index.ts";
import {
  createSigning,
  PUBLIC_GOOD_ROOT,
  readTrustedRoot,
  type Signing,
} from "../signing/index.ts";
import type { Identity } from "./compose-identity.ts";
import { assertKnown, assertOperates } from "./operator-access.ts";
import type { HubTables, Stores } from "./stores.ts";

/** In every mode: whoever may pull an image may know who signed it. */
export async function composeSigning(parts: {
  /** The text of a trusted root; undefined: no keyless signature counts. */
  readonly trustedRoot: string | undefined;
  readonly database: Database<HubTables>;
  readonly blobs: Stores["blobs"];
  readonly identity: Pick<Identity, "access" | "authority">;
  readonly clock: () => Date;
  readonly log: Logger;
  readonly listNotarySignatures: Parameters<typeof createSigning>[0]["listNotarySignatures"];
}): Promise<Signing> {
  const { database, identity } = parts;
  const { authoriser, journal } = identity.access;
  const images = new ScanAccess({ database, authoriser });
  return await createSigning({
    ...parts,
    journal,
    getRepository: (caller, name) => images.getRepository(caller, name, "pull"),
    async getPlace(caller, name, wish) {
      if (identity.authority !== undefined) assertKnown(caller);
      if (name === "hub") {
        await assertOperates(authoriser, caller);
        return { id: 0, name: undefined };
      }
      if (identity.authority === undefined) {
        await assertOperates(authoriser, caller);
        throw new ProblemError(PROBLEMS.NOT_FOUND, { detail: "this hub has no namespaces" });
      }
      const need = wish === "read" ? "right.read" : "owner";
      const found = await identity.authority.getNamespace(caller, name, need);
      return { id: found.id, name: found.name };
    },
  });
}

/** Throws ConfigError for a file that cannot be read or is none. */
export function readRootFile(setting: string): string | undefined {
  if (setting === "none") return undefined;
  if (setting === "public") return PUBLIC_GOOD_ROOT;
  try {
    const text = readFileSync(setting, "utf8");
    readTrustedRoot(JSON.parse(text));
    return text;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`signing.trustedRoot: ${why}`, { cause });
  }
}
