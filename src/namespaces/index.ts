export { createNamespaces } from "./migration-0004.ts";
export {
  isReserved,
  type NamespaceName,
  parseNamespaceName,
} from "./namespace-name.ts";
export {
  claimNamespace,
  findConflict,
  findNamespace,
  getNamespace,
  type Namespace,
  type NamespaceId,
  type NamespaceTables,
  releaseNamespace,
  setDefaultVisibility,
  type Visibility,
} from "./namespaces-store.ts";
