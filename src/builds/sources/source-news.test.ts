import { sql } from "kysely";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import type { Caller } from "../../access/index.ts";
import { openSqliteDatabase } from "../../platform/db/index.ts";
import type { RepositoryTables } from "../../repositories/index.ts";
import { findSourceNews, isNews } from "./source-news.ts";

const callerOf = (name: string): Caller => ({
  by: { kind: "user", name },
  origin: { address: "", client: "" },
});

test("a source is told by the name that its repository has now, to those who may push there", async () => {
  await using home = await makeTempDirectory("source-news");
  const path = `${home.path}/berth.db`;
  const { writer, reader, close } = await openSqliteDatabase<RepositoryTables>({ path });
  await sql`create table repositories (id integer primary key, name text, removed_at integer)`.execute(
    writer,
  );
  await sql`insert into repositories values (7, 'acme/new', null)`.execute(writer);
  const deps = {
    db: reader,
    mayPush: async ({ by }: Caller, name: string) => by.name === "ann" && name === "acme/new",
  };
  const news = await findSourceNews(deps, "7");
  expect(news?.event).toEqual({ topic: "source.changed", repository: "acme/new" });
  expect(await news?.mayHear(callerOf("ann"))).toBe(true);
  expect(await news?.mayHear(callerOf("bob"))).toBe(false);
  expect(await findSourceNews(deps, "8")).toBeUndefined();
  await close();
});

test("that a source was looked at once more, by itself and as before, is no news", () => {
  const fetchedAt = new Date("2026-11-29T12:00:00Z");
  const quiet = { wantedAt: undefined, fetchedAt, why: undefined };
  expect(isNews(quiet, undefined)).toBe(false);
  expect(isNews({ ...quiet, why: "it is away" }, "it is away")).toBe(false);
  expect(isNews(quiet, "it is away")).toBe(true);
  expect(isNews({ ...quiet, why: "it is away" }, undefined)).toBe(true);
  expect(isNews({ ...quiet, fetchedAt: undefined }, undefined)).toBe(true);
  expect(isNews({ ...quiet, wantedAt: fetchedAt }, undefined)).toBe(true);
});
