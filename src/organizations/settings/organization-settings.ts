import type { Journal } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { By } from "../organizations.ts";
import type { Organization } from "../organizations-store.ts";
import type { OrganizationTables } from "../tables.ts";
import {
  findImageRestriction,
  type ImageRestriction,
  putImageRestriction,
} from "./settings-store.ts";
import {
  asksForTwoFactor,
  listMembersWithout,
  putTwoFactorRequirement,
} from "./two-factor-store.ts";

interface SettingsDeps {
  readonly database: Database<OrganizationTables>;
  readonly journal: Journal;
  readonly onChange: () => void;
}

/** What an organization settles for its members. Whether the caller may is decided before. */
export class OrganizationSettings {
  readonly #deps: SettingsDeps;

  constructor(deps: SettingsDeps) {
    this.#deps = deps;
  }

  async get({ id }: Organization): Promise<ImageRestriction> {
    return await findImageRestriction(this.#deps.database.reader, id);
  }

  async asksForTwoFactor({ id }: Organization): Promise<boolean> {
    return await asksForTwoFactor(this.#deps.database.reader, id);
  }

  /** The first of the members who have no two-factor login. */
  async listWithoutTwoFactor({ id }: Organization, limit: number): Promise<readonly string[]> {
    return await listMembersWithout(this.#deps.database.reader, id, limit);
  }

  /** Throws TWO_FACTOR_OWED for who would shut themselves out. */
  async askForTwoFactor(
    { id, name }: Organization,
    isAsked: boolean,
    { by, origin }: By,
  ): Promise<void> {
    const { database, journal, onChange } = this.#deps;
    if (isAsked && by.lacksSecondFactor === true && by.role === undefined)
      throw new ProblemError(PROBLEMS.TWO_FACTOR_OWED, {
        detail: "turn it on for yourself first: berth account two-factor enable",
      });
    await database.write(async (trx) => {
      const before = { asksTwoFactor: await asksForTwoFactor(trx, id) };
      await putTwoFactorRequirement(trx, id, isAsked);
      const deed = { by, origin, action: "org.settings.update" as const, account: name, name };
      await journal.record(trx, { ...deed, before, after: { asksTwoFactor: isAsked } });
    });
    onChange();
  }

  async change(
    { id, name }: Organization,
    after: ImageRestriction,
    { by, origin }: By,
  ): Promise<void> {
    const { database, journal, onChange } = this.#deps;
    await database.write(async (trx) => {
      const before = await findImageRestriction(trx, id);
      await putImageRestriction(trx, id, after);
      const deed = { by, origin, action: "org.settings.update" as const, account: name, name };
      await journal.record(trx, { ...deed, before: { ...before }, after: { ...after } });
    });
    onChange();
  }
}
