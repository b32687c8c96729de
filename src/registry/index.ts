export { Adoption } from "./adoption/adoption.ts";
export type { AdoptionReport } from "./adoption/adoption-report.ts";
export { isDistributionDirectory } from "./adoption/distribution-directory.ts";
export { checkStores } from "./checking/check.ts";
export {
  createRegistry,
  type Registry,
  type RegistryAccess,
  type RegistrySettings,
} from "./create-registry.ts";
export type { ImageReader } from "./history/image-reader.ts";
export type { PastTag, TagHistory, TagMoved } from "./history/tag-history.ts";
export { findAnyManifest, listArrivals } from "./manifests/arrivals.ts";
export type { Attacher } from "./manifests/attacher.ts";
export { createForeignUrlRule } from "./manifests/foreign-urls.ts";
export type { ImagePublisher, Promotion } from "./manifests/image-publisher.ts";
export type { ServedManifest } from "./manifests/manifest-cache.ts";
export type { GateAnswer, PullGate } from "./manifests/pull-gate.ts";
export type {
  ManifestPull,
  PullAllowance,
  PullWatch,
} from "./manifests/pull-watch.ts";
export type { Releases } from "./manifests/releases.ts";
export type { Restored, Restorer, Restoring } from "./manifests/restorer.ts";
export type {
  FollowerHands,
  NamedManifest,
  ReadManifest,
  TagFollowers,
} from "./manifests/tag-followers.ts";
export {
  findEndOfRefusal,
  isTagRefusal,
  type TagKeeper,
  type TagMover,
  type TagWish,
} from "./manifests/tag-keeper.ts";
export type { Arrival, ArrivingUpload, HeldPush, PushQuota } from "./quotas/push-quota.ts";
export { filterReadableDigests } from "./store/blobs-store.ts";
export { listFreedDays } from "./store/freed-days-store.ts";
export { findManifestOf } from "./store/manifests-store.ts";
export { createRegistryTables } from "./store/migration-0002.ts";
export { bindUploads } from "./store/migration-0012.ts";
export { createTombstones } from "./store/migration-0026.ts";
export { addReleases } from "./store/migration-0027.ts";
export { indexTagTimes } from "./store/migration-0031.ts";
export { createFreedDays } from "./store/migration-0091.ts";
export { openRepository, type SettleRepository } from "./store/repository-events.ts";
export type { BlobId, ManifestId, RegistryTables } from "./store/tables.ts";
export { findLastEventId, listMovesSince, listTagChanges } from "./store/tag-events-store.ts";
export {
  findTag,
  listTagNames,
  listTagNamesBelow,
  listTagsOfManifest,
} from "./store/tags-store.ts";
export type { Tombstone } from "./store/tombstones-store.ts";
export type { TrafficWatch, Transfer } from "./traffic/traffic-watch.ts";
