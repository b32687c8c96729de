import {
  matchesName,
  type RepositoryAction,
  type Standing,
  type Standings,
  type Subject,
  type TagRule,
} from "../access/index.ts";
import { BoundedCache } from "../lib/bounded-cache.ts";
import type { NamespaceId, NamespaceName } from "../namespaces/index.ts";
import type { RepositoryName } from "../oci/name.ts";
import type { Database } from "../platform/db/index.ts";
import type { Repository } from "../repositories/index.ts";
import { findPlaces, type Place } from "./places.ts";
import type { Role } from "./roles/custom-roles-store.ts";
import { actionsOf } from "./roles/permissions.ts";
import { listRestrictors } from "./settings/settings-store.ts";
import { asksForTwoFactor } from "./settings/two-factor-store.ts";
import { findRestrictor, type VouchedImages } from "./settings/vouched-images.ts";
import { findMemberRole, listRights } from "./standings-store.ts";
import type { OrganizationTables, Right } from "./tables.ts";

const LIBRARY = "library" as NamespaceName;
const KEPT = 50_000;
/** Another process may change rights: they are read anew after this. Changes of this process hold at once. */
const KEPT_MS = 2000;
/**
 * What does not exist is remembered for those who could not make it, so that it is refused as fast as what is hidden. A push
 * by somebody else makes it appear to them this much later at most.
 */
const ABSENT_KEPT_MS = 1000;

const EVERYTHING: readonly RepositoryAction[] = ["pull", "push", "delete", "admin"];

interface Kept {
  readonly standing: Standing;
  readonly until: number;
}

/** What each account may do with each repository, from memory where it was asked a moment ago. */
export class RepositoryStandings implements Standings {
  readonly #database: Database<OrganizationTables>;
  readonly #vouched: VouchedImages;
  readonly #clock: () => Date;
  readonly #kept = new BoundedCache<Kept>(KEPT);

  constructor(deps: {
    database: Database<OrganizationTables>;
    vouched: VouchedImages;
    clock: () => Date;
  }) {
    this.#database = deps.database;
    this.#vouched = deps.vouched;
    this.#clock = deps.clock;
  }

  find(subject: Subject, asked: RepositoryName): Standing | Promise<Standing> {
    const name = canonicalName(asked);
    const { accountId = 0, kind, role = "", lacksSecondFactor, owesSecondFactor } = subject;
    const factor = `${lacksSecondFactor === true}${owesSecondFactor === true}`;
    const key = `${accountId} ${kind} ${role} ${factor} ${name}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.until > this.#clock().getTime()) return kept.standing;
    return this.#read(subject, name, key);
  }

  /** After any change of repositories, roles, teams, rights or what the hub vouches for, once it is committed. */
  forget(): void {
    this.#kept.clear();
  }

  async #read(subject: Subject, name: RepositoryName, key: string): Promise<Standing> {
    const { version } = this.#kept;
    const now = this.#clock().getTime();
    const standing = await this.#judge(subject, name);
    const until = now + (standing.exists ? KEPT_MS : ABSENT_KEPT_MS);
    // A push may create what does not exist yet, and says so to nobody.
    if (standing.exists || !standing.mayCreate)
      this.#kept.fill(key, { value: { standing, until }, weight: 1, version });
    return standing;
  }

  async #judge(subject: Subject, name: RepositoryName): Promise<Standing> {
    const found = await findPlaces(this.#database.reader, name, this.#clock());
    const { literal, moved } = found;
    const own = await this.#stand(subject, literal);
    if (moved !== undefined) {
      const there = await this.#stand(subject, moved);
      // To whom it is hidden there, this name is like any other that means nothing.
      if (there.actions.has("pull")) {
        const { mayCreate, isNowhere } = literal.namespace === undefined ? ABSENT : own;
        const actions = new Set(["pull"] as const);
        return { ...there, actions, mayCreate, isNowhere, formerName: name };
      }
    }
    if (!found.isKeptBack) return own;
    const actions = new Set([...own.actions].filter((action) => action !== "push"));
    return { ...own, actions, isKeptBack: true };
  }

  async #stand(subject: Subject, place: Place): Promise<Standing> {
    const held = await this.#hold(subject, place);
    const owedTo = await this.#findOwed(subject, place, held);
    if (owedTo !== undefined) return { ...toStanding(place, NOTHING), owedTo };
    const standing = toStanding(place, held);
    const { kind, accountId, role } = subject;
    const isPersons = kind === "user" && accountId !== undefined && role === undefined;
    // Only what somebody may pull because everybody may can be kept from them.
    if (!isPersons || !standing.isPublic || held.actions.includes("pull")) return standing;
    const restrictors = await listRestrictors(this.#database.reader, accountId as NamespaceId);
    const { name, namespace } = place;
    const where = { name, namespaceId: namespace?.id };
    const restrictedBy = await findRestrictor(restrictors, this.#vouched, where);
    return restrictedBy === undefined
      ? standing
      : { ...standing, actions: new Set(), restrictedBy };
  }

  /** What asks the subject for two-factor login before it gives them anything. */
  async #findOwed(subject: Subject, { namespace }: Place, held: Held) {
    if (subject.owesSecondFactor === true) return "this hub";
    const isAsked = subject.lacksSecondFactor === true && subject.role === undefined;
    // Whoever holds nothing there is told nothing of the place.
    if (!isAsked || namespace?.kind !== "organization" || isNothing(held)) return undefined;
    return (await asksForTwoFactor(this.#database.reader, namespace.id))
      ? namespace.name
      : undefined;
  }

  async #hold(subject: Subject, facts: Place): Promise<Held> {
    const { namespace, repository } = facts;
    const { accountId } = subject;
    if (subject.role === "administrator") return ALL;
    const auditor = subject.role === "auditor" ? READ : NOTHING;
    if (accountId === undefined || namespace === undefined) return auditor;
    if (namespace.id === accountId) return ALL;
    const account = accountId as NamespaceId;
    const { reader } = this.#database;
    const role =
      namespace.kind === "organization"
        ? await findMemberRole(reader, namespace.id, account)
        : undefined;
    const rights = await listRights(reader, {
      namespace: namespace.id,
      account,
      repository: repository?.id ?? 0,
    });
    const fitting = rights.filter((right) => fits(right, facts));
    return withoutAbsent(union([auditor, ofRole(role), ...fitting.map(ofRight)]), repository);
  }
}

interface Held {
  readonly actions: readonly RepositoryAction[];
  /** Undefined when a push may do anything. */
  readonly tagRules?: readonly TagRule[] | undefined;
  readonly mayCreate: boolean;
}

const ALL: Held = { actions: EVERYTHING, mayCreate: true };
const READ: Held = { actions: ["pull"], mayCreate: false };
const NOTHING: Held = { actions: [], mayCreate: false };
function isNothing({ actions, mayCreate }: Held): boolean {
  return actions.length === 0 && !mayCreate;
}

/** A name that nobody can have, because its namespace has another one now. */
const ABSENT = { mayCreate: false, isNowhere: false };

function toStanding({ name, namespace, repository }: Place, held: Held): Standing {
  const isPublic = repository?.isPublic === true;
  return {
    repository: name,
    ...(repository === undefined ? {} : { repositoryId: repository.id }),
    exists: repository !== undefined,
    isPublic,
    actions: new Set(isPublic ? [...held.actions, "pull" as const] : held.actions),
    ...(repository?.namedAt === undefined ? {} : { namedAt: repository.namedAt }),
    ...(held.tagRules === undefined ? {} : { tagRules: held.tagRules }),
    mayCreate: held.mayCreate,
    isNowhere: namespace === undefined,
    ...(namespace?.kind === "organization" ? { owner: namespace.name } : {}),
  };
}

/** `NAME` is `library/NAME`, as on Docker Hub. */
function canonicalName(name: RepositoryName): RepositoryName {
  return name.includes("/") ? name : (`${LIBRARY}/${name}` as RepositoryName);
}

function ofRole(role: Role | undefined): Held {
  if (role === undefined) return NOTHING;
  const { permissions } = role;
  return { actions: actionsOf(permissions), mayCreate: permissions.has("repository.create") };
}

/** A pattern speaks of what comes after the namespace's name. */
function fits(right: Right, { name }: Place): boolean {
  return right.pattern === "" || matchesName(right.pattern, name.slice(name.indexOf("/") + 1));
}

function ofRight({ actions, tags, createOnly }: Right): Held {
  const isConditional = tags !== undefined || createOnly;
  const all = implied(actions);
  return {
    // Deleting a tag and pushing it again would get around the condition.
    actions: isConditional ? all.filter((action) => action !== "delete") : all,
    ...(isConditional ? { tagRules: [{ tags: tags ?? "*", createOnly }] } : {}),
    mayCreate: all.includes("push"),
  };
}

/** Whoever may change a repository may see it. */
function implied(actions: readonly RepositoryAction[]): readonly RepositoryAction[] {
  if (actions.includes("admin")) return EVERYTHING;
  return actions.length === 0 ? [] : [...new Set<RepositoryAction>(["pull", ...actions])];
}

/** One source without conditions on pushes is enough to be free of them. */
function union(sources: readonly Held[]): Held {
  const pushing = sources.filter(({ actions }) => actions.includes("push"));
  const isFree = pushing.some(({ tagRules }) => tagRules === undefined);
  return {
    actions: [...new Set(sources.flatMap(({ actions }) => actions))],
    ...(pushing.length === 0 || isFree
      ? {}
      : { tagRules: pushing.flatMap(({ tagRules }) => tagRules ?? []) }),
    mayCreate: sources.some(({ mayCreate }) => mayCreate),
  };
}

/** A push to what does not exist creates it, which takes the right to create. */
function withoutAbsent(held: Held, repository: Repository | undefined): Held {
  if (repository !== undefined || held.mayCreate) return held;
  return { ...held, actions: held.actions.filter((action) => action !== "push") };
}
