export { createRepositories } from "./migration-0001.ts";
export { addRepositoryOwners } from "./migration-0005.ts";
export { addLastPush } from "./migration-0014.ts";
export {
  ensureRepository,
  findRepository,
  findRepositoryName,
  findWholeRepository,
  insertRepository,
  listNamesIn,
  listPublicNames,
  listRepositoryNames,
  notePush,
  type Repository,
  type RepositoryId,
  type RepositoryTables,
  updateRepository,
} from "./repositories-store.ts";
