import type { Journal } from "../access/index.ts";
import { updateAccount } from "../accounts/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import {
  describeConflict,
  findConflict,
  findNamespace,
  isReserved,
  listFormerNames,
  type Namespace,
  type NamespaceName,
  parseNamespaceName,
  renameNamespace,
} from "../namespaces/index.ts";
import type { Database } from "../platform/db/index.ts";
import { failPoint } from "../platform/fail-point.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import { type OutboxTables, recordEvent } from "../platform/jobs/outbox.ts";
import {
  countRepositoriesIn,
  hasRepositoriesUnder,
  renameRepositoriesIn,
} from "../repositories/index.ts";
import type { Authority } from "./authority.ts";
import { renameResources } from "./machines-store.ts";
import type { By } from "./organizations.ts";
import type { OrganizationTables } from "./tables.ts";

type Tables = OrganizationTables & OutboxTables;
type Trx = Parameters<Parameters<Database<Tables>["write"]>[0]>[0];

interface RenameDeps {
  readonly database: Database<Tables>;
  readonly authority: Pick<Authority, "getNamespace">;
  readonly journal: Journal;
  /** Called after each committed rename: names mean something else from then on. */
  readonly onMove: () => void;
  readonly clock: () => Date;
}

/** Each keeps others from a name: whoever renames over and over does not collect them. */
const FORMER_NAMES = 5;
/**
 * They are renamed in one transaction, for which all other writers wait: half a second of processor time for as many as this,
 * and 1.2 s for twice as many.
 */
const REPOSITORIES = 50_000;
/** Short names of images lead there. */
const LIBRARY = "library";

/**
 * Gives a user or an organization another name. Everything stays by its id: members, rights, teams, tokens. Repositories get
 * the new name, and every name below the former one leads to them; the former name stays theirs.
 */
export class NamespaceRenames {
  readonly #deps: RenameDeps;

  constructor(deps: RenameDeps) {
    this.#deps = deps;
  }

  /** By its owner. Throws NOT_FOUND, DENIED, NAME_INVALID, NAME_TAKEN or TOO_MANY. */
  async rename(wish: { readonly from: string; readonly to: string } & By): Promise<Namespace> {
    const { authority, database, onMove } = this.#deps;
    const namespace = await authority.getNamespace(wish, wish.from);
    const to = parseNew(namespace, wish.to);
    await this.#assertBounded(namespace);
    const renamed = await database.write(async (trx) => {
      await this.#rename(trx, namespace, { ...wish, to });
      await failPoint("namespace-rename.before-commit");
      return await findNamespace(trx, to);
    });
    onMove();
    if (renamed === undefined) throw new Error(`could not find ${to}, which was named just now`);
    return renamed;
  }

  /** Throws TOO_MANY. */
  async #assertBounded({ id, name }: Namespace): Promise<void> {
    const { reader } = this.#deps.database;
    if ((await countRepositoriesIn(reader, id, REPOSITORIES + 1)) <= REPOSITORIES) return;
    const detail = `${name} holds more than ${REPOSITORIES} repositories, and all pushes would wait while they are renamed: make another namespace and give them to it by berth repo transfer`;
    throw new ProblemError(PROBLEMS.TOO_MANY, { detail });
  }

  async #rename(
    trx: Trx,
    namespace: Namespace,
    { to, by, origin }: By & { readonly to: NamespaceName },
  ): Promise<void> {
    const { id, name, kind } = namespace;
    const now = this.#deps.clock();
    if ((await findNamespace(trx, name))?.id !== id) throw new ProblemError(PROBLEMS.NOT_FOUND);
    await assertFree(trx, { namespace, to, now });
    await renameNamespace(trx, namespace, { to, now });
    const repositories = await renameRepositoriesIn(trx, id, { from: name, to, now });
    if (kind === "user") await updateAccount(trx, id, { name: to });
    else await renameResources(trx, id, { from: name, to, now });
    const payload = { namespace: to, formerName: name, namespaceId: id, actor: by.name, ...origin };
    await recordEvent(trx, { topic: "namespace.renamed", orderingKey: to, payload, at: now });
    const action = kind === "user" ? "account.rename" : "org.rename";
    const deed = { by, origin, before: { name }, after: { name: to, repositories } };
    await this.#deps.journal.record(trx, { ...deed, action, account: to, name: to });
  }
}

function parseNew({ name }: Namespace, text: string): NamespaceName {
  const to = parseNamespaceName(text);
  if (typeof to !== "string")
    throw new ProblemError(PROBLEMS.NAME_INVALID, { detail: `a name ${to.why}` });
  if (name === LIBRARY || isReserved(to)) {
    const reserved = name === LIBRARY ? name : to;
    throw new ProblemError(PROBLEMS.NAME_TAKEN, { detail: `"${reserved}" is reserved` });
  }
  return to;
}

/** Throws NAME_TAKEN or TOO_MANY. */
async function assertFree(
  trx: Trx,
  wish: { readonly namespace: Namespace; readonly to: NamespaceName; readonly now: Date },
): Promise<void> {
  const { namespace, to, now } = wish;
  const conflict = await findConflict(trx, to, { now, except: namespace.id });
  const isSame = to === namespace.name;
  if (conflict !== undefined || isSame || (await hasRepositoriesUnder(trx, to))) {
    const detail = describeConflict(to, conflict ?? to);
    throw new ProblemError(PROBLEMS.NAME_TAKEN, { detail });
  }
  const former = await listFormerNames(trx, namespace.id);
  if (former.filter((one) => one !== to).length < FORMER_NAMES) return;
  const detail = `it had ${FORMER_NAMES} other names before (${former.join(", ")}), which lead to it: take one of those`;
  throw new ProblemError(PROBLEMS.TOO_MANY, { detail });
}
