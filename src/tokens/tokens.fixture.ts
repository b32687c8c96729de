import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { pino } from "pino";
import { makeTempDirectory } from "../../test/harness/temp-directory.ts";
import type {
  Attempt,
  Deed,
  Principal,
  Proof,
  RepositoryAction,
  RepositoryRights,
} from "../access/index.ts";
import {
  createAccessGuard,
  createUsersOnlyAuthoriser,
  permits,
  TooManyAttempts,
} from "../access/index.ts";
import { createFormerNamespaces, createNamespaces } from "../namespaces/index.ts";
import { migrateToLatest, openSqliteDatabase } from "../platform/db/index.ts";
import { createApplication } from "../platform/http/api/index.ts";
import { createPublicAddress } from "../platform/http/index.ts";
import { openPlainly } from "./exchange/issuer-keys.ts";
import type { Personas } from "./exchange/stored-rules.ts";
import {
  createCiRules,
  createTokens,
  createTokenTables,
  type Identities,
  type TokenTables,
  type TrustedIssuer,
} from "./index.ts";

export const ALICE = { user: "alice", secret: "colon: and ünïcode" };

/** A few people with one password each, who can be disabled, and who are shut out after five wrong passwords. */
export class People implements Identities, Personas {
  readonly #ids = ["alice", "bob"];
  readonly #disabled = new Set<number>();
  #failures = 0;

  disable(name: string): void {
    this.#disabled.add(this.#ids.indexOf(name));
  }

  async verify({ user, secret }: { user: string; secret: string }): Promise<Principal | undefined> {
    if (this.#failures >= 5) throw new TooManyAttempts(77);
    if (secret === ALICE.secret) return this.#find(this.#ids.indexOf(user));
    this.#failures += 1;
    return undefined;
  }

  async resume({ accountId }: { accountId: number }): Promise<Principal | undefined> {
    return this.#find(accountId);
  }

  async findByName(name: string): Promise<Principal | undefined> {
    return await this.findById(this.#ids.indexOf(name));
  }

  async findById(accountId: number): Promise<Principal | undefined> {
    const { credential: _none, ...persona } = this.#find(accountId) ?? {};
    return "kind" in persona ? persona : undefined;
  }

  #find(accountId: number): Principal | undefined {
    const name = this.#ids[accountId];
    if (name === undefined || this.#disabled.has(accountId)) return undefined;
    const credential = { kind: "password", id: "1", label: "password" } as const;
    return { kind: "user", name, accountId, credential };
  }
}

/** Everybody may read `public/…`, and each user may do everything below their name. */
const rights: RepositoryRights = {
  async find(principal, name) {
    const actions: RepositoryAction[] = [];
    if (name.startsWith("public/")) actions.push("pull");
    if (name.startsWith(`${principal.name}/`)) actions.push("pull", "push", "delete", "admin");
    const limits = principal.credential?.permits;
    const isPublic = name.startsWith("public/");
    const held = actions.filter((action) =>
      permits(limits, { repository: name, action, isPublic }),
    );
    return { actions: new Set(held) };
  },
};

/** The token service on a real database, which survives `restart`. */
export async function openTokens(
  options: { readonly url?: string; readonly issuers?: readonly TrustedIssuer[] } = {},
) {
  await using resources = new AsyncDisposableStack();
  const home = resources.use(await makeTempDirectory("tokens"));
  const path = join(home.path, "berth.db");
  let database = await openSqliteDatabase<TokenTables>({ path });
  resources.defer(() => database.close());
  await migrateToLatest(database.writer, {
    "0004-namespaces": { up: createNamespaces },
    "0006-tokens": { up: createTokenTables },
    "0012-former-namespaces": { up: createFormerNamespaces },
    "0095-ci-rules": { up: createCiRules },
  });
  const people = new People();
  const deeds: Deed[] = [];
  const refusals: Attempt[] = [];
  let now = new Date("2026-11-24T12:00:00Z");
  const service = await start();
  const owned = resources.move();
  return {
    ...service,
    people,
    deeds,
    refusals,
    now: () => now,
    pass(seconds: number) {
      now = new Date(now.getTime() + seconds * 1000);
    },
    async restart() {
      await database.close();
      database = await openSqliteDatabase<TokenTables>({ path });
      return await start();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };

  async function start() {
    const log = pino({ level: "silent" });
    const publicAddress = createPublicAddress({ url: options.url, trustedProxies: [] });
    const tokens = await createTokens({
      ...publicAddress,
      database,
      identities: people,
      personas: people,
      issuers: options.issuers ?? [],
      openGuarded: openPlainly,
      noteRefusal: (deed) => void refusals.push(deed),
      journal: { record: async (_trx, deed) => void deeds.push(deed) },
      log,
      rights,
      url: options.url,
      clock: () => now,
      randomId: randomUUID,
    });
    const authoriser = createUsersOnlyAuthoriser();
    const guard = createAccessGuard({ ...publicAddress, ...tokens, authoriser });
    const application = createApplication({ observe: () => undefined, guard, log });
    await application.register(tokens.routes);
    return { tokens, application, database };
  }
}

export type OpenTokens = Awaited<ReturnType<typeof openTokens>>;

export function basic({ user, secret }: { user: string; secret: string }): string {
  return `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`;
}

export function show(authorization: string): Proof {
  return { authorization, origin: () => ({ address: "127.0.0.1", client: "test" }) };
}
