import {
  type Credential,
  isNamePattern,
  type Journal,
  type Origin,
  type Permit,
  type Principal,
} from "../access/index.ts";
import { type Holder, hashSecret, makeSecret, type SecretVerifier } from "../accounts/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { getNamespace, type NamespaceId } from "../namespaces/index.ts";
import { type Database, writeIfPossible } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import {
  endMachineSecrets,
  findMachine,
  findMachineBySecret,
  insertMachine,
  insertMachineSecret,
  listMachines,
  type Machine,
  noteMachineUse,
  removeMachine,
  updateMachine,
} from "./machines-store.ts";
import type { By } from "./organizations.ts";
import type { Organization } from "./organizations-store.ts";
import { assertMayGiveActions } from "./roles/seats.ts";
import type { MachineId, MachineKind, OrganizationTables } from "./tables.ts";

const PREFIXES: Readonly<Record<MachineKind, string>> = {
  "organization token": "dckr_oat_",
  robot: "berth_robot_",
};
const PER_ORGANIZATION = 1000;
const RESOURCES = 100;
const USE_EVERY_MS = 60_000;
const LABEL = /^[a-zA-Z0-9][a-zA-Z0-9 ._-]{0,99}$/;
const ROBOT_LABEL = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

export interface NewMachine {
  readonly kind: MachineKind;
  readonly label: string;
  readonly description?: string | undefined;
  /** Names and patterns, the organization's name included. */
  readonly resources: readonly Permit[];
  readonly expiresAt?: Date | undefined;
  readonly countsAsPull?: boolean | undefined;
}

interface MachineChange {
  readonly label?: string | undefined;
  readonly description?: string | undefined;
  readonly resources?: readonly Permit[] | undefined;
  readonly isActive?: boolean | undefined;
  readonly countsAsPull?: boolean | undefined;
}

interface MachinesDeps {
  readonly database: Database<OrganizationTables>;
  readonly journal: Journal;
  readonly clock: () => Date;
  readonly randomId: () => string;
}

/**
 * Organization tokens (user: the organization's name) and robots (user: `acme+ci`), which hold rights of their own and end
 * with nobody's account. Rotating leaves the former secret in force for a while, so that nothing stops meanwhile.
 */
export class Machines implements SecretVerifier {
  readonly kinds = ["organization token", "robot"] as const;
  readonly #deps: MachinesDeps;

  constructor(deps: MachinesDeps) {
    this.#deps = deps;
  }

  async list({ id }: Organization, kind: MachineKind): Promise<readonly Machine[]> {
    return await listMachines(this.#deps.database.reader, id, kind);
  }

  /** Throws NOT_FOUND, for another organization's too. */
  async get(organization: Organization, kind: MachineKind, id: string): Promise<Machine> {
    return await getOwn(this.#deps.database.reader, organization, { kind, id });
  }

  /** The one time that the secret can be seen. Throws NAME_INVALID, NAME_TAKEN or TOO_MANY. */
  async create(
    organization: Organization,
    wish: NewMachine & By,
  ): Promise<Machine & { readonly secret: string }> {
    const { kind, label, description = "", resources, expiresAt, by, origin } = wish;
    const { countsAsPull = true } = wish;
    assertLabel(kind, label);
    assertResources(organization, resources);
    const { database, clock, randomId } = this.#deps;
    const secret = makeSecret(PREFIXES[kind]);
    const now = clock();
    const machine = {
      id: randomId() as MachineId,
      organizationId: organization.id,
      kind,
      label,
      description,
      resources,
      resourcesAt: now,
      createdBy: by.name,
      createdAt: now,
      expiresAt,
      countsAsPull,
    };
    await database.write(async (trx) => {
      await assertMayArm(trx, { organization, resources, by });
      const known = await listMachines(trx, organization.id, kind);
      if (known.length >= PER_ORGANIZATION) {
        const detail = `an organization has at most ${PER_ORGANIZATION} of them`;
        throw new ProblemError(PROBLEMS.TOO_MANY, { detail });
      }
      if (kind === "robot" && known.some((other) => other.label === label)) {
        const detail = `${organization.name} has a robot "${label}" already`;
        throw new ProblemError(PROBLEMS.NAME_TAKEN, { detail });
      }
      await insertMachine(trx, machine);
      await insertMachineSecret(trx, { machine: machine.id, hash: hashSecret(secret), now });
      const after = describe({ ...machine, isActive: true });
      await this.#record(trx, { organization, machine, by, origin, verb: "create", after });
    });
    return { ...machine, isActive: true, lastUse: undefined, secret };
  }

  /** Throws NOT_FOUND, NAME_INVALID, TOO_MANY or DENIED. */
  async change(
    organization: Organization,
    wish: MachineChange & { readonly machine: Machine } & By,
  ): Promise<Machine> {
    const { by, origin } = wish;
    return await this.#deps.database.write(async (trx) => {
      // Here and not before: what was switched off meanwhile is not switched on again by another change.
      const machine = await getOwn(trx, organization, wish.machine);
      const changed = this.#merge(machine, wish);
      assertLabel(machine.kind, changed.label);
      assertResources(organization, changed.resources);
      const reach = [...machine.resources, ...changed.resources];
      await assertMayArm(trx, { organization, resources: reach, by });
      await updateMachine(trx, changed, this.#deps.clock());
      const deed = { before: describe(machine), after: describe(changed) };
      await this.#record(trx, { organization, machine, by, origin, verb: "update", ...deed });
      return changed;
    });
  }

  #merge(machine: Machine, wish: MachineChange): Machine {
    return {
      ...machine,
      label: wish.label ?? machine.label,
      description: wish.description ?? machine.description,
      resources: wish.resources ?? machine.resources,
      resourcesAt: wish.resources === undefined ? machine.resourcesAt : this.#deps.clock(),
      isActive: wish.isActive ?? machine.isActive,
      countsAsPull: wish.countsAsPull ?? machine.countsAsPull,
    };
  }

  /** A new secret; the former one stays in force for `overlapMs`. Throws NOT_FOUND or DENIED. */
  async rotate(
    organization: Organization,
    wish: { readonly machine: Machine; readonly overlapMs: number } & By,
  ): Promise<string> {
    const { overlapMs, by, origin } = wish;
    const secret = makeSecret(PREFIXES[wish.machine.kind]);
    await this.#deps.database.write(async (trx) => {
      const machine = await getOwn(trx, organization, wish.machine);
      await assertMayArm(trx, { organization, resources: machine.resources, by });
      const now = this.#deps.clock();
      await endMachineSecrets(trx, machine.id, new Date(now.getTime() + overlapMs));
      await insertMachineSecret(trx, { machine: machine.id, hash: hashSecret(secret), now });
      await this.#record(trx, { organization, machine, by, origin, verb: "rotate" });
    });
    return secret;
  }

  async remove(
    organization: Organization,
    { by, origin, ...wish }: { readonly machine: Machine } & By,
  ): Promise<void> {
    await this.#deps.database.write(async (trx) => {
      const machine = await getOwn(trx, organization, wish.machine);
      await removeMachine(trx, machine.id);
      const before = describe(machine);
      await this.#record(trx, { organization, machine, by, origin, verb: "delete", before });
    });
  }

  handles(secret: string): boolean {
    return Object.values(PREFIXES).some((prefix) => secret.startsWith(prefix));
  }

  async verify(claim: {
    readonly user: string;
    readonly secret: string;
    readonly origin: Origin;
  }): Promise<Principal | undefined> {
    const { reader } = this.#deps.database;
    const now = this.#deps.clock();
    const machine = await findMachineBySecret(reader, hashSecret(claim.secret), now);
    const principal = machine && (await this.#toPrincipal(machine));
    if (machine === undefined || principal === undefined) return undefined;
    if (claim.user.toLowerCase().replace("$", "+") !== principal.name) return undefined;
    await this.#noteUse(machine, claim.origin);
    return principal;
  }

  async resume({ accountId, credential }: Holder): Promise<Principal | undefined> {
    const key = { organization: accountId as NamespaceId, id: credential.id };
    const machine = await findMachine(this.#deps.database.reader, key);
    return machine && (await this.#toPrincipal(machine));
  }

  async #toPrincipal(machine: Machine): Promise<Principal | undefined> {
    const { isActive, expiresAt, kind, label, id, resources, organizationId, countsAsPull } =
      machine;
    const isOver = expiresAt !== undefined && expiresAt <= this.#deps.clock();
    if (!isActive || isOver) return undefined;
    const { name } = await getNamespace(this.#deps.database.reader, organizationId);
    const limits = { permits: resources, permitsGivenAt: machine.resourcesAt };
    const credential: Credential = { kind, id, label, ...limits, expiresAt, countsAsPull };
    return {
      kind: "robot",
      name: kind === "robot" ? `${name}+${label}` : name,
      accountId: organizationId,
      credential,
    };
  }

  async #noteUse({ id, lastUse }: Machine, origin: Origin): Promise<void> {
    const at = this.#deps.clock();
    const isRecent = lastUse !== undefined && at.getTime() - lastUse.at.getTime() < USE_EVERY_MS;
    if (isRecent && lastUse.address === origin.address) return;
    const use = { at, ...origin };
    await writeIfPossible(this.#deps.database, (trx) => noteMachineUse(trx, id, use));
  }

  async #record(
    trx: Parameters<Journal["record"]>[0],
    deed: {
      readonly organization: Organization;
      readonly machine: Pick<Machine, "kind" | "label">;
      readonly verb: "create" | "update" | "rotate" | "delete";
      readonly before?: Record<string, unknown>;
      readonly after?: Record<string, unknown>;
    } & By,
  ): Promise<void> {
    const { organization, machine, verb, ...rest } = deed;
    const noun = machine.kind === "robot" ? "robot" : "access_token";
    await this.#deps.journal.record(trx, {
      ...rest,
      action: `org.${noun}.${verb}`,
      account: organization.name,
      name: machine.label,
    });
  }
}

/** Throws NOT_FOUND, for another organization's too. */
async function getOwn(
  db: Parameters<typeof findMachine>[0],
  organization: Organization,
  { kind, id }: { readonly kind: MachineKind; readonly id: string },
): Promise<Machine> {
  const machine = await findMachine(db, { organization: organization.id, kind, id });
  if (machine === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
  return machine;
}

/** Whoever sees a secret may do what it is for. Throws DENIED. */
async function assertMayArm(
  trx: Parameters<typeof findMachine>[0],
  wish: { organization: Organization; resources: readonly Permit[]; by: Principal },
): Promise<void> {
  const { resources, ...gift } = wish;
  const actions = resources.flatMap((permit) => permit.actions);
  await assertMayGiveActions(trx, { ...gift, actions, doing: "having this secret" });
}

function assertLabel(kind: MachineKind, label: string): void {
  const isFit =
    kind === "robot" ? label.length <= 64 && ROBOT_LABEL.test(label) : LABEL.test(label);
  if (isFit) return;
  const detail =
    kind === "robot"
      ? "a robot's name is lower-case letters and digits, with single '.', '_' or '-' between them"
      : "a label is 1 to 100 letters, digits, spaces, '.', '_' or '-'";
  throw new ProblemError(PROBLEMS.NAME_INVALID, { detail });
}

function assertResources({ name }: Organization, resources: readonly Permit[]): void {
  if (resources.length === 0 || resources.length > RESOURCES) {
    const detail = `it needs 1 to ${RESOURCES} resources: what it may do where`;
    throw new ProblemError(PROBLEMS.TOO_MANY, { detail });
  }
  for (const { repositories, onlyPublic } of resources) {
    const isOwn = repositories.startsWith(`${name}/`);
    const isEverything = repositories === "**" && onlyPublic === true;
    if (isNamePattern(repositories) && (isOwn || isEverything)) continue;
    const detail = `"${repositories}" is no name or pattern within ${name}, such as ${name}/api or ${name}/**`;
    throw new ProblemError(PROBLEMS.NAME_INVALID, { detail });
  }
}

function describe(
  machine: Pick<Machine, "label" | "description" | "resources" | "isActive" | "countsAsPull">,
) {
  const { label, description, resources, isActive, countsAsPull } = machine;
  return { label, description, resources, isActive, ...(!countsAsPull && { countsAsPull }) };
}
