import type { Journal } from "../../access/index.ts";
import type { Database } from "../../platform/db/index.ts";
import type { By } from "../organizations.ts";
import type { Organization } from "../organizations-store.ts";
import type { OrganizationTables } from "../tables.ts";
import {
  findImageRestriction,
  type ImageRestriction,
  putImageRestriction,
} from "./settings-store.ts";

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
