export { createRepositories } from "./migration-0001.ts";
export {
  deleteRepository,
  ensureRepository,
  findRepository,
  listRepositoryNames,
  type RepositoryId,
  type RepositoryTables,
} from "./repositories-store.ts";
