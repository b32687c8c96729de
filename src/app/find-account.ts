import type { createPersonas } from "../accounts/index.ts";
import { findNamespaceById } from "../namespaces/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { PolicyDeps } from "../policy/index.ts";
import type { HubTables } from "./stores.ts";

/** Finds a person's account, or the organization that a robot is of. */
export function createAccountFinder({
  database,
  personas,
}: {
  readonly database: Database<HubTables>;
  readonly personas: Pick<ReturnType<typeof createPersonas>, "findById">;
}): PolicyDeps["findAccount"] {
  return async ({ account, accountId }) => {
    if (accountId === undefined) return undefined;
    const namespace = await findNamespaceById(database.reader, accountId);
    if (namespace?.kind === "user") return await personas.findById(accountId);
    return namespace && { kind: "robot", name: account, accountId };
  };
}
