import type { Deed, Journal } from "../access/index.ts";
import type { Account } from "../accounts/index.ts";
import { findFormerNamespace, type NamespaceName } from "../namespaces/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { By } from "./organizations.ts";
import { findOrganization, removeMember } from "./organizations-store.ts";
import {
  addSyncedMember,
  addSyncedTeam,
  listIdleMemberships,
  listSyncedTeams,
} from "./synced-memberships-store.ts";
import type { OrganizationTables } from "./tables.ts";
import { findTeam, removeFromTeam, type Team } from "./teams-store.ts";

/** Where somebody's groups elsewhere put them: a team, or the organization alone. */
interface Place {
  readonly organization: string;
  readonly team: string | undefined;
}

interface Sync extends By {
  readonly account: Account;
  /** The identity whose groups these are; it takes away only what it brought. */
  readonly source: string;
  readonly places: readonly Place[];
}

interface SyncedMembershipsDeps {
  readonly database: Database<OrganizationTables>;
  readonly journal: Journal;
  readonly onChange: () => void;
  readonly clock: () => Date;
}

type Trx = Parameters<Parameters<Database<OrganizationTables>["write"]>[0]>[0];

/** Memberships that follow somebody's groups in another system, beside those that people give. */
export class SyncedMemberships {
  readonly #deps: SyncedMembershipsDeps;

  constructor(deps: SyncedMembershipsDeps) {
    this.#deps = deps;
  }

  /** Puts the person where `places` says, and nowhere else by this source. Answers places that do not exist. */
  async put(wish: Sync): Promise<readonly string[]> {
    const { database, onChange } = this.#deps;
    const sync = { ...wish, places: await this.#namedNow(wish.places) };
    // A login of somebody whose groups are the same writes nothing.
    if (await this.#isInForce(sync)) return [];
    const outcome = await database.write(async (trx) => {
      const { kept, missing, changes } = await this.#add(trx, sync);
      return { missing, changes: changes + (await this.#removeOthers(trx, sync, kept)) };
    });
    if (outcome.changes > 0) onChange();
    return outcome.missing;
  }

  /** Rules are written by name: an organization that was renamed since is still meant. */
  async #namedNow(places: readonly Place[]): Promise<readonly Place[]> {
    const { reader } = this.#deps.database;
    const names = new Map<string, string>();
    for (const name of new Set(places.map(({ organization }) => organization))) {
      const known = await findOrganization(reader, name as NamespaceName);
      const former = known ?? (await findFormerNamespace(reader, name as NamespaceName));
      names.set(name, former?.name ?? name);
    }
    return places.map(({ organization, team }) => ({
      organization: names.get(organization) ?? organization,
      team,
    }));
  }

  async #isInForce({ account, source, places }: Sync): Promise<boolean> {
    const db = this.#deps.database.reader;
    const key = { account: account.id, source };
    const teams = await listSyncedTeams(db, key);
    const idle = await listIdleMemberships(db, key);
    const has = new Set([
      ...teams.map(({ organization, name }) => `${organization}/${name}`),
      ...idle.map(({ name }) => name),
    ]);
    const wanted = new Set(places.map(nameOf));
    return has.size === wanted.size && [...wanted].every((name) => has.has(name));
  }

  async #add(trx: Trx, sync: Sync) {
    const kept = new Set<string>();
    const missing: string[] = [];
    let changes = 0;
    for (const place of sync.places) {
      const organization = await findOrganization(trx, place.organization as NamespaceName);
      const team = organization && place.team && (await findTeam(trx, organization.id, place.team));
      if (organization === undefined || (place.team !== undefined && !team)) {
        missing.push(nameOf(place));
        continue;
      }
      kept.add(organization.name);
      kept.add(nameOf(place));
      changes += await this.#addTo(trx, sync, { organization, team: team || undefined });
    }
    return { kept, missing, changes };
  }

  async #addTo(
    trx: Trx,
    sync: Sync,
    { organization, team }: { organization: { id: number; name: string }; team: Team | undefined },
  ): Promise<number> {
    const { account, source } = sync;
    const key = { account: account.id, source };
    const id = organization.id as Parameters<typeof addSyncedMember>[1];
    const isNew = await addSyncedMember(trx, id, { ...key, now: this.#deps.clock() });
    const deed = { organization: organization.name, name: account.name };
    if (isNew) await this.#record(trx, sync, { ...deed, action: "org.member.add" });
    if (team === undefined || !(await addSyncedTeam(trx, team.id, key))) return Number(isNew);
    const name = `${team.name}/${account.name}`;
    await this.#record(trx, sync, { ...deed, name, action: "org.team.member.add" });
    return 1;
  }

  async #removeOthers(trx: Trx, sync: Sync, kept: ReadonlySet<string>): Promise<number> {
    const { account, source } = sync;
    const key = { account: account.id, source };
    let changes = 0;
    for (const { id, name, organization } of await listSyncedTeams(trx, key)) {
      if (kept.has(`${organization}/${name}`)) continue;
      await removeFromTeam(trx, id, account.id);
      const deed = { organization, name: `${name}/${account.name}` };
      await this.#record(trx, sync, { ...deed, action: "org.team.member.remove" });
      changes += 1;
    }
    for (const { id, name } of await listIdleMemberships(trx, key)) {
      if (kept.has(name)) continue;
      await removeMember(trx, id, account.id);
      const deed = { organization: name, name: account.name };
      await this.#record(trx, sync, { ...deed, action: "org.member.remove" });
      changes += 1;
    }
    return changes;
  }

  async #record(
    trx: Trx,
    { by, origin }: Sync,
    deed: { readonly action: Deed["action"]; readonly organization: string; readonly name: string },
  ): Promise<void> {
    const { action, organization: account, name } = deed;
    await this.#deps.journal.record(trx, { by, origin, action, account, name });
  }
}

function nameOf({ organization, team }: Place): string {
  return team === undefined ? organization : `${organization}/${team}`;
}
