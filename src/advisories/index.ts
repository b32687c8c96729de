export { type ImportReport, importFeeds } from "./import-feeds.ts";
export { normalizeName } from "./importers/package-names.ts";
export { findIndex } from "./index-builder.ts";
export type { AdvisoryIndex } from "./index-file/index-reader.ts";
export { IndexDamaged } from "./index-file/layout.ts";
export type { AffectedEntry } from "./index-file/stored.ts";
export { holds, parseInterval } from "./interval.ts";
export { FeedError, SEVERITIES, type Severity, type VendorStatus } from "./record.ts";
export { readStatus } from "./status.ts";
