import type { Kysely, Selectable } from "kysely";
import type { Permit } from "../access/index.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import type { MachineId, MachineKind, OrganizationTables } from "./tables.ts";

type Db = Kysely<OrganizationTables>;
type Row = Selectable<OrganizationTables["machines"]>;

export interface MachineUse {
  readonly at: Date;
  readonly address: string;
  readonly client: string;
}

/** Something of an organization that logs in without being a person. */
export interface Machine {
  readonly id: MachineId;
  readonly organizationId: NamespaceId;
  readonly kind: MachineKind;
  readonly label: string;
  readonly description: string;
  readonly resources: readonly Permit[];
  /** When they were given. */
  readonly resourcesAt: Date;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
  readonly isActive: boolean;
  /** False for what reads images without using them, such as a scanner or a replication. */
  readonly countsAsPull: boolean;
  readonly lastUse: MachineUse | undefined;
}

/** Only among the organization's own. */
export async function findMachine(
  db: Db,
  key: { organization: NamespaceId; kind?: MachineKind; id: string },
): Promise<Machine | undefined> {
  const row = await db
    .selectFrom("machines")
    .selectAll()
    .where("id", "=", key.id as MachineId)
    .where("organization_id", "=", key.organization)
    .$if(key.kind !== undefined, (query) => query.where("kind", "=", key.kind as MachineKind))
    .executeTakeFirst();
  return row && toMachine(row);
}

export async function listMachines(
  db: Db,
  organization: NamespaceId,
  kind: MachineKind,
): Promise<readonly Machine[]> {
  const rows = await db
    .selectFrom("machines")
    .selectAll()
    .where("organization_id", "=", organization)
    .where("kind", "=", kind)
    .orderBy("label")
    .execute();
  return rows.map(toMachine);
}

/** Whose secret it is, while the secret is in force. */
export async function findMachineBySecret(
  db: Db,
  hash: string,
  now: Date,
): Promise<Machine | undefined> {
  const row = await db
    .selectFrom("machine_secrets")
    .innerJoin("machines", "machines.id", "machine_secrets.machine_id")
    .selectAll("machines")
    .where("machine_secrets.secret_hash", "=", hash)
    .where((is) =>
      is.or([
        is("machine_secrets.expires_at", "is", null),
        is("machine_secrets.expires_at", ">", now.getTime()),
      ]),
    )
    .executeTakeFirst();
  return row && toMachine(row);
}

export async function insertMachine(
  trx: Db,
  machine: Omit<Machine, "isActive" | "lastUse">,
): Promise<void> {
  await trx
    .insertInto("machines")
    .values({
      id: machine.id,
      organization_id: machine.organizationId,
      kind: machine.kind,
      label: machine.label,
      description: machine.description,
      resources: JSON.stringify(machine.resources),
      resources_at: machine.resourcesAt.getTime(),
      created_by: machine.createdBy,
      created_at: machine.createdAt.getTime(),
      expires_at: machine.expiresAt?.getTime() ?? null,
      disabled_at: null,
      counts_as_pull: machine.countsAsPull ? 1 : 0,
      last_used_at: null,
      last_used_address: null,
      last_used_client: null,
    })
    .execute();
}

export async function updateMachine(
  trx: Db,
  machine: Omit<Machine, "organizationId" | "createdBy" | "createdAt" | "expiresAt" | "lastUse">,
  now: Date,
): Promise<void> {
  await trx
    .updateTable("machines")
    .set({
      label: machine.label,
      description: machine.description,
      resources: JSON.stringify(machine.resources),
      resources_at: machine.resourcesAt.getTime(),
      disabled_at: machine.isActive ? null : now.getTime(),
      counts_as_pull: machine.countsAsPull ? 1 : 0,
    })
    .where("id", "=", machine.id)
    .execute();
}

/** Puts the organization's new name into what its machines may do, which stays the same. */
export async function renameResources(
  trx: Db,
  organization: NamespaceId,
  change: { readonly from: string; readonly to: string; readonly now: Date },
): Promise<void> {
  const { from, to, now } = change;
  const rows = await trx
    .selectFrom("machines")
    .select(["id", "resources"])
    .where("organization_id", "=", organization)
    .execute();
  for (const { id, resources } of rows) {
    const renamed = (JSON.parse(resources) as Permit[]).map((permit) => ({
      ...permit,
      repositories: permit.repositories.startsWith(`${from}/`)
        ? to + permit.repositories.slice(from.length)
        : permit.repositories,
    }));
    await trx
      .updateTable("machines")
      .set({ resources: JSON.stringify(renamed), resources_at: now.getTime() })
      .where("id", "=", id)
      .execute();
  }
}

export async function removeMachine(trx: Db, id: MachineId): Promise<void> {
  await trx.deleteFrom("machine_secrets").where("machine_id", "=", id).execute();
  await trx.deleteFrom("machines").where("id", "=", id).execute();
}

export async function insertMachineSecret(
  trx: Db,
  secret: { machine: MachineId; hash: string; now: Date },
): Promise<void> {
  await trx
    .insertInto("machine_secrets")
    .values({
      secret_hash: secret.hash,
      machine_id: secret.machine,
      created_at: secret.now.getTime(),
      expires_at: null,
    })
    .execute();
}

/** The latest secret of before holds until `until`; older ones end now. */
export async function endMachineSecrets(trx: Db, machine: MachineId, until: Date): Promise<void> {
  await trx
    .deleteFrom("machine_secrets")
    .where("machine_id", "=", machine)
    .where("expires_at", "is not", null)
    .execute();
  await trx
    .updateTable("machine_secrets")
    .set({ expires_at: until.getTime() })
    .where("machine_id", "=", machine)
    .execute();
}

export async function noteMachineUse(trx: Db, id: MachineId, use: MachineUse): Promise<void> {
  await trx
    .updateTable("machines")
    .set({
      last_used_at: use.at.getTime(),
      last_used_address: use.address,
      last_used_client: use.client,
    })
    .where("id", "=", id)
    .execute();
}

function toMachine(row: Row): Machine {
  return {
    id: row.id,
    organizationId: row.organization_id,
    kind: row.kind,
    label: row.label,
    description: row.description,
    resources: JSON.parse(row.resources) as Permit[],
    createdBy: row.created_by,
    resourcesAt: new Date(row.resources_at ?? row.created_at),
    createdAt: new Date(row.created_at),
    expiresAt: row.expires_at === null ? undefined : new Date(row.expires_at),
    isActive: row.disabled_at === null,
    countsAsPull: row.counts_as_pull === 1,
    lastUse:
      row.last_used_at === null
        ? undefined
        : {
            at: new Date(row.last_used_at),
            address: row.last_used_address ?? "",
            client: row.last_used_client ?? "",
          },
  };
}
