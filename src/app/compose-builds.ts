import type { Logger } from "pino";
import { type Builds, createBuilds } from "../builds/index.ts";
import type { Config } from "../platform/config/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { Registry } from "../registry/index.ts";
import { findRepositoryById } from "../repositories/index.ts";
import type { Identity } from "./compose-identity.ts";
import type { HubTables } from "./stores.ts";

interface BuildParts {
  readonly data: string;
  readonly url: string | undefined;
  readonly database: Database<HubTables>;
  readonly identity: Pick<Identity, "access" | "authority">;
  readonly registry: Pick<Registry, "publisher">;
  readonly clock: () => Date;
  readonly log: Logger;
}

/** Where there are accounts: a build is published on the right of who pushed. */
export async function composeBuilds(
  settings: Config["builds"] | undefined,
  parts: BuildParts,
): Promise<Builds | undefined> {
  const { authority, access } = parts.identity;
  if (authority === undefined || settings === undefined) return undefined;
  const { url, registry } = parts;
  return await createBuilds({
    ...parts,
    ...registry,
    isOn: settings.builder !== "off",
    pushBytes: settings.pushBytes,
    limits: { ms: settings.timeout, logBytes: settings.logBytes },
    plainRegistry: url?.startsWith("http://") ? new URL(url).host : undefined,
    journal: access.journal,
    findRepository: (id) => findRepositoryById(parts.database.reader, id),
    access: {
      getRepository: (caller, name, action) => authority.getRepository(caller, name, action),
      decidePush: (principal, { name }) =>
        access.authoriser.decide({ principal, right: "push", repository: name }),
    },
  });
}
