import { access } from "node:fs/promises";
import { join } from "node:path";
import { CommandError } from "../cli/command.ts";
import {
  type FilesystemStore,
  Headroom,
  openFilesystemStore,
  type UploadStore,
} from "../platform/blobs/index.ts";
import { type Database, migrateToLatest, openSqliteDatabase } from "../platform/db/index.ts";
import { createOutbox } from "../platform/jobs/index.ts";
import { createRegistryTables, type RegistryTables } from "../registry/index.ts";
import { createRepositories } from "../repositories/index.ts";

export interface StoreOptions {
  /** Where the database lies. */
  readonly data: string;
  /** Where the blobs lie; the data folder unless a directory of registry:2 was taken over. */
  readonly blobRoot: string;
  readonly reserveBytes: number;
  /** Refuse to create a database where none is. */
  readonly mustExist?: boolean;
}

export interface Stores extends AsyncDisposable {
  readonly database: Database<RegistryTables>;
  readonly blobs: FilesystemStore;
  readonly uploads: UploadStore;
  readonly headroom: Headroom;
  /** What is wrong with the database file itself; undefined when nothing is. */
  readonly checkDatabase: () => string | undefined;
}

const MIGRATIONS = {
  "0001-repositories": { up: createRepositories },
  "0002-registry": { up: createRegistryTables },
  "0003-outbox": { up: createOutbox },
};
const BALLAST_BYTES = 4 * 1024 * 1024;

/** Opens both stores, and brings the database to this version. Several processes may hold them open at once. */
export async function openStores(options: StoreOptions): Promise<Stores> {
  const { data, blobRoot, reserveBytes } = options;
  if (options.mustExist) await assertHoldsDatabase(data);
  const database = await openSqliteDatabase<RegistryTables>({ path: join(data, "berth.db") });
  try {
    await migrateToLatest(database.writer, MIGRATIONS);
    const { blobs, uploads } = await openFilesystemStore(blobRoot);
    const headroom = new Headroom({
      folder: blobRoot,
      ballastPath: join(data, "ballast"),
      ballastBytes: reserveBytes === 0 ? 0 : BALLAST_BYTES,
      reserveBytes,
    });
    return {
      database,
      blobs,
      uploads,
      headroom,
      checkDatabase: database.checkIntegrity,
      async [Symbol.asyncDispose]() {
        await blobs[Symbol.asyncDispose]();
        await database.close();
      },
    };
  } catch (cause) {
    await database.close();
    throw cause;
  }
}

async function assertHoldsDatabase(data: string): Promise<void> {
  try {
    await access(join(data, "berth.db"));
  } catch (cause) {
    throw new CommandError(
      "usage",
      `${data} holds no data of a hub; name its directory by --data`,
      {
        cause,
      },
    );
  }
}
