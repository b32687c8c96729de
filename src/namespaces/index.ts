export { createNamespaces } from "./migration-0004.ts";
export { createFormerNamespaces } from "./migration-0012.ts";
export {
  describeConflict,
  isReserved,
  type NamespaceName,
  parseNamespaceName,
} from "./namespace-name.ts";
export {
  claimNamespace,
  findConflict,
  findFormerNamespace,
  findNamedSince,
  findNamespace,
  findNamespaceById,
  getNamespace,
  listFormerNames,
  type Namespace,
  type NamespaceId,
  type NamespaceTables,
  releaseNamespace,
  renameNamespace,
  setDefaultVisibility,
  type Visibility,
} from "./namespaces-store.ts";
