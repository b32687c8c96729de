import { type Expression, type ExpressionBuilder, type Kysely, type SqlBool, sql } from "kysely";
import type { AccountTables } from "../accounts/index.ts";
import type { NamespaceId, NamespaceName } from "../namespaces/index.ts";

/** An account as a directory of people shows it. */
export interface AccountCard {
  readonly id: NamespaceId;
  readonly name: NamespaceName;
  readonly email: string | undefined;
  readonly givenName: string;
  readonly familyName: string;
  readonly isActive: boolean;
  readonly createdAt: Date;
}

export type AccountField = "id" | "name" | "email" | "login" | "givenName" | "familyName";

/** Which accounts: texts are compared without regard to case. */
export type AccountCondition =
  | {
      readonly kind: "text";
      readonly field: AccountField;
      readonly operator: "eq" | "ne" | "co" | "sw";
      readonly value: string;
    }
  | { readonly kind: "active"; readonly value: boolean }
  | { readonly kind: "and" | "or"; readonly parts: readonly AccountCondition[] }
  | { readonly kind: "not"; readonly part: AccountCondition };

export interface AccountWish {
  readonly condition?: AccountCondition | undefined;
  readonly sortBy: AccountField;
  readonly order: "asc" | "desc";
  readonly offset: number;
  readonly limit: number;
}

type Db = Kysely<AccountTables>;
type Builder = ExpressionBuilder<
  AccountTables & { profiles: AccountTables["profiles"] },
  "accounts" | "profiles"
>;

/** One page of accounts, and how many there are in all. */
export async function findAccounts(
  db: Db,
  wish: AccountWish,
): Promise<{ readonly count: number; readonly accounts: readonly AccountCard[] }> {
  const { count } = await selectAccounts(db, wish)
    .select((row) => row.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  const rows = await selectAccounts(db, wish)
    .select([
      "accounts.id",
      "accounts.name",
      "accounts.email",
      "accounts.disabled_at",
      "accounts.created_at",
      "profiles.given_name",
      "profiles.family_name",
    ])
    .orderBy((row) => textOf(row as unknown as Builder, wish.sortBy), wish.order)
    .orderBy("accounts.id")
    .offset(wish.offset)
    .limit(wish.limit)
    .execute();
  const accounts = rows.map((row) => ({
    id: row.id,
    name: row.name,
    email: row.email ?? undefined,
    givenName: row.given_name ?? "",
    familyName: row.family_name ?? "",
    isActive: row.disabled_at === null,
    createdAt: new Date(row.created_at),
  }));
  return { count: Number(count), accounts };
}

function selectAccounts(db: Db, { condition }: AccountWish) {
  return db
    .selectFrom("accounts")
    .leftJoin("profiles", "profiles.account_id", "accounts.id")
    .$if(condition !== undefined, (query) =>
      query.where((row) => toSql(row as unknown as Builder, condition as AccountCondition)),
    );
}

function toSql(row: Builder, condition: AccountCondition): Expression<SqlBool> {
  switch (condition.kind) {
    case "and":
      return row.and(condition.parts.map((part) => toSql(row, part)));
    case "or":
      return row.or(condition.parts.map((part) => toSql(row, part)));
    case "not":
      return row.not(toSql(row, condition.part));
    case "active":
      return row("accounts.disabled_at", condition.value ? "is" : "is not", null);
    case "text":
      return compare(row, condition);
  }
}

/** No pattern of SQL's: what people type is looked for as it is. */
function compare(
  row: Builder,
  { field, operator, value }: Extract<AccountCondition, { kind: "text" }>,
): Expression<SqlBool> {
  const text = textOf(row, field);
  const wanted = row.val(value.toLowerCase());
  switch (operator) {
    case "eq":
      return row(text, "=", wanted);
    case "ne":
      return row(text, "!=", wanted);
    case "co":
      return row(row.fn<number>("instr", [text, wanted]), ">", 0);
    case "sw":
      return row(row.fn<number>("instr", [text, wanted]), "=", 1);
  }
}

/**
 * In lower case, and never null. `login`: the address, or the name of those without one. Addresses and logins are written as
 * their indexes are, which have no parameters.
 */
function textOf(row: Builder, field: AccountField): Expression<string> {
  const none = sql.lit("");
  switch (field) {
    case "id":
      return row.cast<string>("accounts.id", "text");
    case "name":
      return row.cast<string>("accounts.name", "text");
    case "email":
      return row.fn<string>("lower", [row.fn.coalesce("accounts.email", none)]);
    case "login":
      return row.fn<string>("lower", [
        row.fn.coalesce("accounts.email", row.cast<string>("accounts.name", "text")),
      ]);
    case "givenName":
      return row.fn<string>("lower", [row.fn.coalesce("profiles.given_name", none)]);
    case "familyName":
      return row.fn<string>("lower", [row.fn.coalesce("profiles.family_name", none)]);
  }
}
