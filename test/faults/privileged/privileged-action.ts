import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { DeedName } from "../../../src/contract/deeds.ts";
import type { ApiAnswer } from "../../harness/hub-api.ts";

export type Ask = (request: string, body?: unknown) => Promise<ApiAnswer>;

/** The hub of the moment, and the folder of its data for what no answer shows. */
export interface Stage {
  readonly url: string;
  readonly data: string;
}

/** What is asked of the hub. */
export interface Wish {
  readonly request: string;
  readonly body?: unknown;
  /** In place of the administrator's: a cookie, another token, the type of a manifest. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Something that changes who may do what, its entry in the audit trail, and how to see whether it was done. */
export interface PrivilegedAction {
  /** Some are about what the hub gave an id, or take what has to be made first. */
  readonly request: string | ((ask: Ask, stage: Stage) => Promise<string | Wish>);
  readonly body?: unknown;
  /** Entries of that action about that account or thing: one more of them says that it was done. */
  readonly entry: { readonly action: DeedName; readonly account?: string; readonly name?: string };
  /** Who asks for it; the first administrator without one. */
  readonly by?: { readonly name: string; readonly password: string };
  readonly isDone: (ask: Ask, stage: Stage) => Promise<boolean>;
}

export const SENTENCE = "a long enough sentence";

export function holds({ body }: ApiAnswer, wanted: Readonly<Record<string, unknown>>): boolean {
  return findIn({ body }, wanted) !== undefined;
}

/** The first item of a list that is so. */
export function findIn(
  { body }: Pick<ApiAnswer, "body">,
  wanted: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  const items = (body?.items ?? []) as Readonly<Record<string, unknown>>[];
  return items.find((item) => Object.entries(wanted).every(([key, value]) => item[key] === value));
}

/** The first row that the database answers, committed as it is for everybody who asks. */
export function findRow(
  data: string,
  query: string,
  ...values: SQLInputValue[]
): Readonly<Record<string, unknown>> | undefined {
  using database = new DatabaseSync(join(data, "berth.db"), { readOnly: true });
  return database.prepare(query).get(...values);
}

/** Somebody for the actions that follow. */
export function creation(name: string): PrivilegedAction {
  return {
    request: "POST /api/v1/users",
    body: { name, password: SENTENCE, email: `${name}@example.net` },
    entry: { action: "account.create", name },
    isDone: async (ask) => (await ask(`GET /api/v1/users/${name}`)).status === 200,
  };
}
