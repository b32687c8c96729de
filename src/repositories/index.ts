export {
  endRedirects,
  findFormerName,
  isKeptBack,
  nameKeyOf,
  retireName,
} from "./former-names-store.ts";
export { createRepositories } from "./migration-0001.ts";
export { addRepositoryOwners } from "./migration-0005.ts";
export { addFormerNames } from "./migration-0012.ts";
export { addLastPush } from "./migration-0014.ts";
export {
  countRepositoriesIn,
  hasRepositoriesUnder,
  moveRepository,
  renameRepositoriesIn,
} from "./moves-store.ts";
export { deleteRepository, findRemoved, markRemoved } from "./removals-store.ts";
export {
  ensureRepository,
  findRepository,
  findRepositoryById,
  findRepositoryName,
  findWholeRepository,
  insertRepository,
  listNamesIn,
  listPublicNames,
  listRepositoryNames,
  notePush,
  type PushTarget,
  type Repository,
  updateRepository,
} from "./repositories-store.ts";
export type { RepositoryId, RepositoryTables } from "./tables.ts";
