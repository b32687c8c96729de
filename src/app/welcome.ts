import type { Logger } from "pino";
import type { Journal } from "../access/index.ts";
import { createFirstAdministrator } from "../accounts/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { HubTables } from "./stores.ts";

interface WelcomeOptions {
  /** Of the first administrator; a random one without it. */
  readonly adminPassword: string | undefined;
  /** Shows a password that was made up just now. */
  readonly print: (line: string) => void;
}

interface WelcomeDeps {
  readonly database: Database<HubTables>;
  readonly journal: Journal;
  readonly clock: () => Date;
  readonly log: Logger;
}

/** Makes the administrator at the very first start, and says how to get in. */
export async function welcome(
  { adminPassword, print }: WelcomeOptions,
  deps: WelcomeDeps,
): Promise<void> {
  const first = await createFirstAdministrator({ ...deps, password: adminPassword });
  if (first === undefined) return;
  deps.log.info({ name: first.name }, "administrator created");
  if (first.password === undefined) return;
  print(`Made the administrator "${first.name}" with the password "${first.password}".`);
  print("It is not shown again; change it by `berth user password`.");
}
