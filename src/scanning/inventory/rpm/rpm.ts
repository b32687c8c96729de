import type { Analyser, FoundPackage } from "../model.ts";
import { isBerkeleyHash, readBerkeleyHash } from "./berkeley-hash.ts";
import { isNdb, readNdb } from "./ndb.ts";
import { RpmHeader } from "./rpm-header.ts";
import { ownedPathsOf, toRpmPackage } from "./rpm-package.ts";
import { isSqlite, readSqliteTable } from "./sqlite-table.ts";

const DATABASE =
  /^(?:var\/lib\/rpm|usr\/lib\/sysimage\/rpm|usr\/share\/rpm)\/(?:Packages|Packages\.db|rpmdb\.sqlite)$/;
const JOURNAL = /^(?:var\/lib\/rpm|usr\/lib\/sysimage\/rpm|usr\/share\/rpm)\/rpmdb\.sqlite-wal$/;

/** A header of rpm is at least its preamble and one tag; Berkeley DB holds a counter among them. */
const SMALLEST_HEADER = 24;

/** Reads rpm's database in any of its three formats, and of the files that packages own those that somebody asks for. */
export function createRpmAnalyser(isAskedFor: (path: string) => boolean): Analyser {
  return {
    name: "rpm",
    maxBytes: 128 * 1024 * 1024,
    wants: ({ path, size }) => DATABASE.test(path) || (JOURNAL.test(path) && size > 0),
    analyse: ({ path }, content) => {
      if (JOURNAL.test(path)) {
        return {
          problem: "rpm's database was copied while it was written: packages may be missing",
        };
      }
      const packages: FoundPackage[] = [];
      const ownedPaths: string[] = [];
      const owners: number[] = [];
      for (const blob of headersOf(content)) {
        const header = new RpmHeader(blob);
        const found = toRpmPackage(header);
        if (found === undefined) continue;
        for (const path of ownedPathsOf(header, isAskedFor)) {
          ownedPaths.push(path);
          owners.push(packages.length);
        }
        packages.push(found);
      }
      return { packages, ownedPaths, owners };
    },
  };
}

/** What the database is in is said by its content; its name only says what it was at first. */
function headersOf(content: Buffer): Iterable<Buffer> {
  if (content.length === 0) return [];
  if (isSqlite(content)) return blobsOf(content);
  if (isNdb(content)) return readNdb(content);
  if (isBerkeleyHash(content)) {
    return [...readBerkeleyHash(content)].filter(({ length }) => length >= SMALLEST_HEADER);
  }
  throw new Error("it is in none of rpm's formats");
}

function* blobsOf(content: Buffer): Generator<Buffer, void, undefined> {
  for (const [, blob] of readSqliteTable(content, "Packages")) if (blob !== undefined) yield blob;
}
