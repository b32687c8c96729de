import type { Kysely } from "kysely";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { openSqliteDatabase } from "../../platform/db/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import { createPullPolicies } from "../migration-0047.ts";
import { addException } from "../store/policies-store.ts";
import type { PolicyId, PolicyTables } from "../tables.ts";
import { ExceptionEnds } from "./exception-ends.ts";

const DAY = 86_400_000;

async function openEnds() {
  await using resources = new AsyncDisposableStack();
  const home = resources.use(await makeTempDirectory("exception-ends"));
  const database = await openSqliteDatabase<PolicyTables>({ path: `${home.path}/berth.db` });
  resources.defer(() => database.close());
  await createPullPolicies(database.writer as unknown as Kysely<unknown>);
  let now = Date.UTC(2026, 10, 29);
  const told: number[] = [];
  const ends = new ExceptionEnds({
    database,
    onChanged: ({ id }) => told.push(id),
    clock: () => new Date(now),
  });
  const owned = resources.move();
  return {
    except: async (repository: number, days: number) => {
      const repositoryId = repository as RepositoryId;
      await addException(database.writer, {
        ...{ policyId: 1 as PolicyId, repositoryId, digest: undefined, reason: "", author: "olaf" },
        ...{ createdAt: new Date(now), expiresAt: new Date(now + days * DAY) },
      });
      ends.renew();
    },
    /** What is told once so many days have gone by. */
    async pass(days: number) {
      now += days * DAY;
      await ends.tell();
      return told.splice(0);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

test("an exception that comes to its end is told of once, whenever it was made", async () => {
  await using hub = await openEnds();
  expect(await hub.pass(0)).toEqual([]);
  await hub.except(7, 2);
  await hub.except(8, 3);
  expect(await hub.pass(1)).toEqual([]);
  // One that ends before those that were known.
  await hub.except(9, 0.5);
  expect(await hub.pass(0.4)).toEqual([]);
  expect(await hub.pass(0.1)).toEqual([9]);
  expect(await hub.pass(0.5)).toEqual([7]);
  expect(await hub.pass(0.1)).toEqual([]);
  expect(await hub.pass(10)).toEqual([8]);
  expect(await hub.pass(10)).toEqual([]);
});

test("of many that end together in a repository it is told once", async () => {
  await using hub = await openEnds();
  for (const repository of [7, 7, 8]) await hub.except(repository, 1);
  expect((await hub.pass(1)).toSorted()).toEqual([7, 8]);
});
