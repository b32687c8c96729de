import type { Logger } from "pino";
import type { Authenticator, Authoriser } from "../access/index.ts";
import { KeyedLock } from "../lib/keyed-lock.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type {
  FileSender,
  FilesystemStore,
  Headroom,
  UploadStore,
} from "../platform/blobs/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { LaneRoute, RequestHandler } from "../platform/http/index.ts";
import { BlobCommits } from "./blobs/blob-commits.ts";
import { BlobMounts } from "./blobs/blob-mounts.ts";
import { BlobRights } from "./blobs/blob-rights.ts";
import { BlobSender } from "./blobs/blob-sender.ts";
import { LinkGrace } from "./blobs/link-grace.ts";
import { createQuarantine, type Quarantine } from "./blobs/quarantine.ts";
import { VerifiedCopies } from "./blobs/verified-copies.ts";
import { createDistributionHandler, type Observation } from "./http/distribution-handler.ts";
import { createLaneRoute } from "./http/lane-route.ts";
import { Deletions } from "./manifests/deletions.ts";
import { ManifestCache } from "./manifests/manifest-cache.ts";
import { ManifestReader } from "./manifests/manifest-reader.ts";
import { ManifestWriter } from "./manifests/manifest-writer.ts";
import { Referrers } from "./manifests/referrers.ts";
import type { RegistryTables } from "./store/tables.ts";
import { Uploads } from "./uploads/uploads.ts";

export interface RegistrySettings {
  readonly allowsDelete: boolean;
  /** Refuse every push and delete. */
  readonly isReadOnly: boolean;
  readonly missingChildren: "accept" | "refuse";
  readonly missingBlobs: "accept" | "refuse";
  readonly assertForeignUrls: (layer: Descriptor) => void;
  readonly tagsPerPush: number;
  readonly catalogPage: number;
  readonly tagsPage: number;
  readonly blobBytes: number;
  readonly uploadsPerUser: number;
  readonly uploadExpiryMs: number;
  /** How long collection leaves alone what nothing names. */
  readonly graceMs: number;
  /** How long a blob's last check against its digest is trusted. */
  readonly verifyAgainAfterMs: number;
  readonly accelRedirect: string | undefined;
  readonly headers: Readonly<Record<string, readonly string[]>>;
}

export interface RegistryDeps {
  readonly settings: RegistrySettings;
  readonly database: Database<RegistryTables>;
  readonly blobs: FilesystemStore;
  readonly uploads: UploadStore;
  readonly files: FileSender;
  readonly headroom: Headroom;
  readonly authenticator: Authenticator;
  readonly authoriser: Authoriser;
  readonly observe: (observation: Observation) => void;
  readonly clock: () => Date;
  readonly randomId: () => string;
  readonly log: Logger;
}

export interface Registry {
  readonly handler: RequestHandler;
  /** What is answered before the handler sees it. */
  readonly lane: LaneRoute;
  readonly uploads: Uploads;
  readonly deletions: Deletions;
  readonly manifests: ManifestReader;
  readonly cache: ManifestCache;
  readonly rights: BlobRights;
  readonly verified: VerifiedCopies;
  readonly locks: KeyedLock;
  readonly quarantine: Quarantine;
}

/** Puts the registry together; `app/compose.ts` calls it. */
export function createRegistry(deps: RegistryDeps): Registry {
  const { settings, database, blobs, headroom, clock } = deps;
  const { graceMs } = settings;
  const locks = new KeyedLock();
  const rights = new BlobRights(database);
  const verified = new VerifiedCopies({ blobs, maxAgeMs: settings.verifyAgainAfterMs, clock });
  const quarantine = createQuarantine({ ...deps, inventory: blobs, locks, rights, verified });
  const commits = new BlobCommits({ database, blobs, locks, verified, graceMs, clock });
  const cache = new ManifestCache();
  const reader = new ManifestReader({ database, blobs, cache, log: deps.log });
  const writer = new ManifestWriter({ ...deps, locks, cache, policy: settings, graceMs });
  const deletions = new Deletions({ database, cache, rights, graceMs, clock });
  const uploads = new Uploads({
    database,
    store: deps.uploads,
    commits,
    headroom,
    limits: {
      expireAfterMs: settings.uploadExpiryMs,
      perUser: settings.uploadsPerUser,
      blobBytes: settings.blobBytes,
    },
    clock,
    randomId: deps.randomId,
  });
  const { accelRedirect, allowsDelete } = settings;
  const sender = new BlobSender({ blobs, files: deps.files, verified, quarantine, accelRedirect });
  const handler = createDistributionHandler({
    ...deps,
    ...settings,
    blobs: {
      rights,
      sender,
      grace: new LinkGrace({ database, graceMs, clock }),
      deletions,
      allowsDelete,
    },
    manifests: {
      reader,
      writer,
      deletions,
      allowsDelete,
      tagsPerPush: settings.tagsPerPush,
      headroom,
    },
    uploads: {
      uploads,
      mounts: new BlobMounts({ database, commits }),
      authoriser: deps.authoriser,
    },
    discovery: {
      database,
      referrers: new Referrers({ database, manifests: reader }),
      catalogPage: settings.catalogPage,
      tagsPage: settings.tagsPage,
    },
  });
  return {
    handler,
    lane: createLaneRoute({ ...deps, headers: settings.headers, reader, rights, sender }),
    uploads,
    deletions,
    manifests: reader,
    cache,
    rights,
    verified,
    locks,
    quarantine,
  };
}
