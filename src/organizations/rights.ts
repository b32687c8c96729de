import {
  isNamePattern,
  type Journal,
  type Principal,
  type RepositoryAction,
} from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import type { Namespace } from "../namespaces/index.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { Repository } from "../repositories/index.ts";
import type { By } from "./organizations.ts";
import {
  countRights,
  findRight,
  type GivenRight,
  listRightsOf,
  putRight,
  type RightSubject,
  type RightTarget,
  removeRight,
} from "./rights-store.ts";
import { permissionsFor } from "./roles/permissions.ts";
import { assertMayGive } from "./roles/seats.ts";
import type { OrganizationTables } from "./tables.ts";

const PER_NAMESPACE = 100_000;
const TAG_PATTERN = /^[a-zA-Z0-9_.*-]{1,128}$/;

/** Either one repository, or those whose name after the namespace's matches: `api`, `tools/*`, `**`. */
export type RightScope = { readonly repository: Repository } | { readonly pattern: string };

export interface RightWish extends By {
  readonly subject: RightSubject & { readonly name: string };
  readonly scope: RightScope;
  readonly actions: readonly RepositoryAction[];
  /** Pushes of matching tags only. */
  readonly tags?: string | undefined;
  /** Pushes of new tags only. */
  readonly createOnly?: boolean | undefined;
}

interface RightsDeps {
  readonly database: Database<OrganizationTables>;
  readonly journal: Journal;
  readonly onChange: () => void;
  readonly clock: () => Date;
}

/** What accounts and teams were given in a namespace. Whether the caller may give it is decided before. */
export class Rights {
  readonly #deps: RightsDeps;

  constructor(deps: RightsDeps) {
    this.#deps = deps;
  }

  /** A page of them, behind the id `after`. */
  async list(
    { id: namespace }: Namespace,
    page: { readonly after: number; readonly limit: number },
  ): Promise<readonly GivenRight[]> {
    return await listRightsOf(this.#deps.database.reader, { namespace, ...page });
  }

  /** Replaces what the subject had to the same scope. Throws NAME_INVALID, TOO_MANY or DENIED. */
  async give(namespace: Namespace, wish: RightWish): Promise<void> {
    const { subject, actions, tags, createOnly = false, by, origin } = wish;
    const target = targetOf(namespace, wish.scope);
    assertTagPattern(tags);
    await this.#deps.database.write(async (trx) => {
      await assertMayGiveRight(trx, namespace, { actions, by, mayCreate: "pattern" in wish.scope });
      if ((await countRights(trx, namespace.id)) >= PER_NAMESPACE) {
        const detail = `${namespace.name} has ${PER_NAMESPACE} rights: give them to teams, or by pattern`;
        throw new ProblemError(PROBLEMS.TOO_MANY, { detail });
      }
      const before = await findRight(trx, { subject, target });
      await putRight(trx, { subject, target, actions, tags, createOnly, now: this.#deps.clock() });
      await this.#deps.journal.record(trx, {
        by,
        origin,
        action: "repo.right.give",
        account: namespace.name,
        name: describe(namespace, wish.scope),
        ...(before === undefined ? {} : { before: toFacts(subject, before) }),
        after: toFacts(subject, { actions, tags, createOnly }),
      });
    });
    this.#deps.onChange();
  }

  /** Throws NOT_FOUND. */
  async take(
    namespace: Namespace,
    wish: Pick<RightWish, "subject" | "scope" | keyof By>,
  ): Promise<void> {
    const { subject, scope, by, origin } = wish;
    const target = targetOf(namespace, scope);
    await this.#deps.database.write(async (trx) => {
      const before = await findRight(trx, { subject, target });
      if (before === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
      await removeRight(trx, { subject, target });
      await this.#deps.journal.record(trx, {
        by,
        origin,
        action: "repo.right.take",
        account: namespace.name,
        name: describe(namespace, scope),
        before: toFacts(subject, before),
      });
    });
    this.#deps.onChange();
  }
}

/** Throws NAME_INVALID. */
export function assertTagPattern(tags: string | undefined): void {
  if (tags === undefined || TAG_PATTERN.test(tags)) return;
  const detail = `"${tags}" is no pattern of tags, such as v1.*`;
  throw new ProblemError(PROBLEMS.NAME_INVALID, { detail });
}

/** In an organization nobody gives more than they hold; what is in a user's namespace is all that user's. Throws DENIED. */
export async function assertMayGiveRight(
  trx: Parameters<typeof putRight>[0],
  { kind, id, name }: Namespace,
  wish: { actions: readonly RepositoryAction[]; by: Principal; mayCreate: boolean },
): Promise<void> {
  if (kind === "user") return;
  const permissions = permissionsFor(wish.actions, wish);
  const doing = `giving ${wish.actions.map((action) => `"${action}"`).join(", ")}`;
  await assertMayGive(trx, { organization: { id, name }, by: wish.by, doing, permissions });
}

function targetOf(namespace: Namespace, scope: RightScope): RightTarget {
  if ("repository" in scope)
    return { namespace: namespace.id, repository: scope.repository.id, pattern: "" };
  if (isNamePattern(scope.pattern))
    return { namespace: namespace.id, repository: 0, pattern: scope.pattern };
  const detail = `"${scope.pattern}" is no pattern of names within ${namespace.name}, such as api, tools/* or **`;
  throw new ProblemError(PROBLEMS.NAME_INVALID, { detail });
}

/** For the audit trail. */
function toFacts(
  subject: RightWish["subject"],
  { actions, tags, createOnly }: Pick<GivenRight, "actions" | "tags" | "createOnly">,
): Record<string, unknown> {
  return { [subject.kind]: subject.name, actions, tags: tags ?? null, createOnly };
}

function describe(namespace: Namespace, scope: RightScope): string {
  return "repository" in scope ? scope.repository.name : `${namespace.name}/${scope.pattern}`;
}
