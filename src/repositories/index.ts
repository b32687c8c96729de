export { createRepositories } from "./migration-0001.ts";
export {
  ensureRepository,
  findRepository,
  findRepositoryName,
  listRepositoryNames,
  type RepositoryId,
  type RepositoryTables,
} from "./repositories-store.ts";
