import type { Logger } from "pino";
import { findNamespace, type Namespace, type NamespaceName } from "../namespaces/index.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { Organizations } from "./organizations.ts";
import { HUB } from "./roles/seats.ts";
import type { OrganizationTables } from "./tables.ts";
import { assignOwner, findUnownedPart, listCollisions, moveToLibrary } from "./unowned-store.ts";

const SHOWN = 20;
/** The start of the hub: no client asked for it. */
const START = { by: HUB, origin: { address: "", client: "berth" } };

/** `NAME` and `library/NAME` are two repositories where names are literal, and one where they are not. */
export class NameCollision extends Error {
  override readonly name = "NameCollision";

  constructor(names: readonly string[]) {
    const shown = names.slice(0, SHOWN).map((name) => `${name} and library/${name}`);
    const rest = names.length > SHOWN ? ", and more" : "";
    super(
      `with accounts one name would stand for two repositories: ${shown.join("; ")}${rest}. ` +
        "Start with access.mode: open, copy what you need of one of each pair to another name, delete it, and switch again",
    );
  }
}

/**
 * Makes `library`, and gives repositories that came to be without accounts (in another mode, or by adoption) to whoever has their first part, or
 * to an organization that is made for it. They are private until somebody says otherwise. Throws NameCollision, and has
 * changed nothing then.
 */
export async function claimUnowned(deps: {
  readonly database: Database<OrganizationTables>;
  readonly organizations: Pick<Organizations, "ensure" | "ensureLibrary">;
  readonly log: Logger;
}): Promise<void> {
  const { database, log } = deps;
  const collisions = await listCollisions(database.reader, SHOWN + 1);
  if (collisions.length > 0) throw new NameCollision(collisions);
  await deps.organizations.ensureLibrary(START);
  const moved = await database.write((trx) => moveToLibrary(trx));
  if (moved > 0) log.info({ repositories: moved }, "names of one part moved to library");
  for (let last: string | undefined; ; ) {
    const name = await findUnownedPart(database.reader, last);
    if (name === undefined) return;
    last = name;
    const namespace = await findOrMake(deps, name as NamespaceName);
    if (namespace === undefined) continue;
    const repositories = await database.write((trx) => assignOwner(trx, namespace));
    log.info({ namespace: name, repositories }, "repositories given to their namespace");
  }
}

/** Undefined for names that nobody may have: those stay with the administrators of the hub. */
async function findOrMake(
  deps: Parameters<typeof claimUnowned>[0],
  name: NamespaceName,
): Promise<Namespace | undefined> {
  const known = await findNamespace(deps.database.reader, name);
  if (known !== undefined) return known;
  try {
    await deps.organizations.ensure({ name, ...START });
  } catch (cause) {
    if (!(cause instanceof ProblemError)) throw cause;
    deps.log.warn({ namespace: name, reason: cause.message }, "no namespace could be made");
    return undefined;
  }
  return await findNamespace(deps.database.reader, name);
}
