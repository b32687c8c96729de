import { randomBytes } from "node:crypto";
import type { Journal, OpenTransaction } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { NamespaceId } from "../../namespaces/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { Sealing } from "../../platform/keys/index.ts";
import type { Account, AccountTables } from "../accounts-store.ts";
import type { SecondFactorCheck } from "../logins.ts";
import type { By } from "../personal-tokens.ts";
import { sessionOf } from "../sessions/sessions.ts";
import { removeSessionsOf } from "../sessions/sessions-store.ts";
import { hashRecoveryCode, makeRecoveryCodes } from "./recovery-codes.ts";
import { findStep, toBase32, toOtpauth } from "./totp.ts";
import {
  countRecoveryCodes,
  findSecondFactor,
  findTwoFactorSince,
  putSecondFactor,
  replaceRecoveryCodes,
  turnOff,
  turnOn,
  useRecoveryCode,
  useStep,
} from "./two-factor-store.ts";

interface TwoFactorDeps {
  readonly database: Database<AccountTables>;
  readonly journal: Journal;
  readonly sealing: Sealing;
  /** Ends what the account's password left on machines, in the transaction that makes it worth nothing by itself. */
  readonly endLogins: (trx: OpenTransaction, id: NamespaceId) => Promise<void>;
  readonly clock: () => Date;
}

export interface TwoFactorStatus {
  readonly since: Date | undefined;
  readonly recoveryCodesLeft: number;
}

/** As RFC 4226 recommends: 160 bits. */
const SECRET_BYTES = 20;
const APP_CODE = /^\d{6}$/;

/** Codes of an app, or of a list on paper, that a login needs beside the password. */
export class TwoFactor implements SecondFactorCheck {
  readonly #deps: TwoFactorDeps;

  constructor(deps: TwoFactorDeps) {
    this.#deps = deps;
  }

  /** Nothing changes until it is confirmed by a code of the app. Throws TWO_FACTOR_ON. */
  async begin(
    account: Account,
    issuer: string,
  ): Promise<{ readonly secret: string; readonly uri: string }> {
    const { database, sealing, clock } = this.#deps;
    const secret = randomBytes(SECRET_BYTES);
    const sealedSecret = sealing.seal(secret.toString("base64"), contextOf(account.id));
    await database.write(async (trx) => {
      await assertOff(trx, account.id);
      await putSecondFactor(trx, account.id, { sealedSecret, now: clock() });
    });
    return { secret: toBase32(secret), uri: toOtpauth(secret, { issuer, account: account.name }) };
  }

  /**
   * Turns it on, and answers the recovery codes, once. Whatever was proved by the password alone ends: other sessions, and
   * what machines keep. Throws TWO_FACTOR_ON or CODE_WRONG.
   */
  async enable(account: Account, code: string, by: By): Promise<readonly string[]> {
    const { database, clock, endLogins } = this.#deps;
    const codes = makeRecoveryCodes();
    const now = clock();
    await database.write(async (trx) => {
      await assertOff(trx, account.id);
      const step = await this.#findStep(trx, account.id, code);
      if (step === undefined || !(await useStep(trx, account.id, step)))
        throw new ProblemError(PROBLEMS.CODE_WRONG);
      await turnOn(trx, account.id, now);
      await replaceRecoveryCodes(trx, account.id, toHashes(codes));
      await removeSessionsOf(trx, account.id, sessionOf(by.by));
      await endLogins(trx, account.id);
      await this.#record(trx, account, { ...by, action: "enable" });
    });
    return codes;
  }

  /** After a code was shown. Throws TWO_FACTOR_OFF. */
  async disable(account: Account, by: By): Promise<void> {
    await this.#deps.database.write(async (trx) => {
      await assertOn(trx, account.id);
      await turnOff(trx, account.id);
      await this.#record(trx, account, { ...by, action: "disable" });
    });
  }

  /** After a code was shown: the former ones are worth nothing. Throws TWO_FACTOR_OFF. */
  async renewRecoveryCodes(account: Account, by: By): Promise<readonly string[]> {
    const codes = makeRecoveryCodes();
    await this.#deps.database.write(async (trx) => {
      await assertOn(trx, account.id);
      await replaceRecoveryCodes(trx, account.id, toHashes(codes));
      await this.#record(trx, account, { ...by, action: "recovery_codes.renew" });
    });
    return codes;
  }

  /** By an administrator, for somebody who lost all of it. Their sessions end as well. Throws TWO_FACTOR_OFF. */
  async reset(account: Account, by: By): Promise<void> {
    await this.#deps.database.write(async (trx) => {
      await assertOn(trx, account.id);
      await turnOff(trx, account.id);
      await removeSessionsOf(trx, account.id, sessionOf(by.by));
      await this.#record(trx, account, { ...by, action: "reset" });
    });
  }

  async getStatus({ id }: Account): Promise<TwoFactorStatus> {
    const { reader } = this.#deps.database;
    const since = await findTwoFactorSince(reader, id);
    const recoveryCodesLeft = since === undefined ? 0 : await countRecoveryCodes(reader, id);
    return { since, recoveryCodesLeft };
  }

  async isOn(accountId: number): Promise<boolean> {
    const { reader } = this.#deps.database;
    return (await findTwoFactorSince(reader, accountId as NamespaceId)) !== undefined;
  }

  /** Whether the code is right, and was not used before. It is used now. */
  async use({ by, origin }: By, shown: string): Promise<boolean> {
    const accountId = by.accountId as NamespaceId | undefined;
    const { database } = this.#deps;
    if (accountId === undefined || !(await this.isOn(accountId))) return false;
    const step = await this.#findStep(database.reader, accountId, shown);
    if (step !== undefined) return await database.write((trx) => useStep(trx, accountId, step));
    const hash = hashRecoveryCode(shown);
    if (hash === undefined) return false;
    return await database.write(async (trx) => {
      if (!(await useRecoveryCode(trx, accountId, hash))) return false;
      const left = await countRecoveryCodes(trx, accountId);
      const deed = { by, origin, action: "recovery_code.use" as const, after: { left } };
      await this.#record(trx, { name: by.name }, deed);
      return true;
    });
  }

  async #findStep(
    db: Parameters<typeof findSecondFactor>[0],
    accountId: NamespaceId,
    shown: string,
  ): Promise<number | undefined> {
    const code = shown.replace(/\s/g, "");
    if (!APP_CODE.test(code)) return undefined;
    const factor = await findSecondFactor(db, accountId);
    if (factor === undefined) return undefined;
    const { sealing, clock } = this.#deps;
    const secret = Buffer.from(sealing.unseal(factor.sealedSecret, contextOf(accountId)), "base64");
    return findStep(secret, { code, now: clock(), after: factor.lastStep });
  }

  async #record(
    trx: OpenTransaction,
    { name }: { readonly name: string },
    {
      action,
      ...deed
    }: By & {
      readonly action:
        | "enable"
        | "disable"
        | "reset"
        | "recovery_codes.renew"
        | "recovery_code.use";
      readonly after?: Readonly<Record<string, unknown>>;
    },
  ): Promise<void> {
    await this.#deps.journal.record(trx, {
      ...{ ...deed, account: name, name },
      action: `account.two_factor.${action}`,
    });
  }
}

/** A sealed secret opens for the account that it was made for, and for no other. */
function contextOf(accountId: NamespaceId): string {
  return `two-factor ${accountId}`;
}

function toHashes(codes: readonly string[]): readonly string[] {
  return codes.map((code) => hashRecoveryCode(code) ?? "");
}

type Reader = Parameters<typeof findTwoFactorSince>[0];

/** Throws TWO_FACTOR_ON. */
async function assertOff(trx: Reader, id: NamespaceId): Promise<void> {
  if ((await findTwoFactorSince(trx, id)) === undefined) return;
  const detail = "turn it off first, with a code";
  throw new ProblemError(PROBLEMS.TWO_FACTOR_ON, { detail });
}

/** Throws TWO_FACTOR_OFF. */
async function assertOn(trx: Reader, id: NamespaceId): Promise<void> {
  if ((await findTwoFactorSince(trx, id)) !== undefined) return;
  throw new ProblemError(PROBLEMS.TWO_FACTOR_OFF);
}
