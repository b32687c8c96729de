export { createRepositories } from "./migration-0001.ts";
export { addRepositoryOwners } from "./migration-0005.ts";
export {
  ensureRepository,
  findRepository,
  findRepositoryName,
  findWholeRepository,
  insertRepository,
  listNamesIn,
  listPublicNames,
  listRepositoryNames,
  type Repository,
  type RepositoryId,
  type RepositoryTables,
  updateRepository,
} from "./repositories-store.ts";
