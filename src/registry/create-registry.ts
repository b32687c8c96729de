import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import type { Attempt, Authenticator, Authoriser, Journal } from "../access/index.ts";
import { KeyedLock } from "../lib/keyed-lock.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type {
  FileSender,
  FilesystemStore,
  Headroom,
  UploadStore,
} from "../platform/blobs/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { LaneRoute, PublicAddress, RequestHandler } from "../platform/http/index.ts";
import type { RequestObserver } from "../platform/observability/index.ts";
import { BlobCommits } from "./blobs/blob-commits.ts";
import { BlobMounts } from "./blobs/blob-mounts.ts";
import { BlobRights } from "./blobs/blob-rights.ts";
import { BlobSender } from "./blobs/blob-sender.ts";
import { LinkGrace } from "./blobs/link-grace.ts";
import { createQuarantine, type Quarantine } from "./blobs/quarantine.ts";
import { VerifiedCopies } from "./blobs/verified-copies.ts";
import { Collector } from "./collection/collector.ts";
import { ImageReader } from "./history/image-reader.ts";
import { TagHistory } from "./history/tag-history.ts";
import { type CreateOrganization, createDistributionHandler } from "./http/distribution-handler.ts";
import { createLaneRoute } from "./http/lane-route.ts";
import { Listings, type ListVisible } from "./http/listings.ts";
import { createOperationRoutes } from "./http/operation-routes.ts";
import { Attacher } from "./manifests/attacher.ts";
import { Deletions } from "./manifests/deletions.ts";
import { ImagePublisher } from "./manifests/image-publisher.ts";
import { ManifestCache } from "./manifests/manifest-cache.ts";
import { ManifestCopies } from "./manifests/manifest-copies.ts";
import { ManifestReader } from "./manifests/manifest-reader.ts";
import { ManifestWriter } from "./manifests/manifest-writer.ts";
import type { PullGate } from "./manifests/pull-gate.ts";
import type { PullWatch } from "./manifests/pull-watch.ts";
import { Referrers } from "./manifests/referrers.ts";
import { Releases } from "./manifests/releases.ts";
import { Restorer } from "./manifests/restorer.ts";
import type { TagFollowers } from "./manifests/tag-followers.ts";
import { TagFollowing } from "./manifests/tag-following.ts";
import type { TagKeeper } from "./manifests/tag-keeper.ts";
import { TagMoves } from "./manifests/tag-moves.ts";
import type { PushQuota } from "./quotas/push-quota.ts";
import { RepositoryEmptying } from "./removal/repository-emptying.ts";
import { RepositoryRemoval } from "./removal/repository-removal.ts";
import { Scrubber } from "./scrubbing/scrubber.ts";
import type { SettleRepository } from "./store/repository-events.ts";
import type { RegistryTables } from "./store/tables.ts";
import type { TrafficWatch } from "./traffic/traffic-watch.ts";
import { UploadSessions } from "./uploads/upload-sessions.ts";
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
  /** Whether collection removes manifests without a tag. */
  readonly untagged: "keep" | "remove";
  /** Whether the scrubber removes files that no row names. */
  readonly removesOrphans: boolean;
  readonly scrubBytesPerSecond: number;
  /** Whether the event of a push lists what the manifest names. */
  readonly tellsReferences: boolean;
}

/** Who may do what, and what follows from that. */
export interface RegistryAccess {
  readonly authoriser: Authoriser;
  /** Which repositories the catalog shows to whom. */
  readonly listVisible: ListVisible;
  readonly createOrganization: CreateOrganization;
  readonly settleRepository: SettleRepository;
  /** Where pushes and deletions are written down, in the transaction that does them. */
  readonly journal: Journal;
  /** Told of what was refused to somebody who is known. */
  readonly noteRefusal: (deed: Attempt) => void;
}

export interface RegistryDeps extends RegistryAccess, PublicAddress {
  readonly settings: RegistrySettings;
  readonly database: Database<RegistryTables>;
  readonly blobs: FilesystemStore;
  readonly uploads: UploadStore;
  /** Where the blobs lie. */
  readonly blobRoot: string;
  readonly files: FileSender;
  readonly headroom: Headroom;
  readonly authenticator: Authenticator;
  readonly pulls: PullWatch;
  readonly gate: PullGate;
  readonly traffic: TrafficWatch;
  readonly tagKeeper: TagKeeper;
  readonly quota: PushQuota;
  readonly tagFollowers: TagFollowers;
  readonly observe: RequestObserver;
  /** Whether anybody wants to hear of what happens too often to be written down for nobody. */
  readonly wants: (kind: "pull" | "blob") => boolean;
  readonly clock: () => Date;
  readonly randomId: () => string;
  readonly log: Logger;
}

export interface Registry {
  readonly handler: RequestHandler;
  /** What is answered before the handler sees it. */
  readonly lane: LaneRoute;
  /** The operator's API, to be registered below everything that is not `/v2/`. */
  readonly operations: FastifyPluginAsyncZod;
  readonly collector: Collector;
  readonly scrubber: Scrubber;
  readonly uploads: Uploads;
  readonly sessions: UploadSessions;
  readonly deletions: Deletions;
  readonly releases: Releases;
  readonly manifests: ManifestReader;
  readonly cache: ManifestCache;
  readonly copies: ManifestCopies;
  readonly rights: BlobRights;
  readonly verified: VerifiedCopies;
  readonly locks: KeyedLock;
  readonly quarantine: Quarantine;
  readonly removal: RepositoryRemoval;
  readonly emptying: RepositoryEmptying;
  readonly tagMoves: TagMoves;
  readonly restorer: Restorer;
  readonly attacher: Attacher;
  readonly publisher: ImagePublisher;
  readonly tagHistory: TagHistory;
  readonly images: ImageReader;
}

/** Puts the registry together; `app/compose.ts` calls it. */
export function createRegistry(deps: RegistryDeps): Registry {
  const parts = createParts(deps);
  const { collector, scrubber } = createMaintenance(deps, parts);
  const { headers, scrubBytesPerSecond } = deps.settings;
  const sender = new BlobSender({ ...deps, ...parts, accelRedirect: deps.settings.accelRedirect });
  return {
    ...parts,
    handler: createHandler(deps, { ...parts, sender }),
    lane: createLaneRoute({ ...deps, ...parts, headers, reader: parts.manifests, sender }),
    operations: createOperationRoutes({ ...deps, collector, scrubber, scrubBytesPerSecond }),
    collector,
    scrubber,
  };
}

type Parts = ReturnType<typeof createParts>;

function createParts(deps: RegistryDeps) {
  const { settings, database, blobs, clock } = deps;
  const { graceMs } = settings;
  const locks = new KeyedLock();
  const rights = new BlobRights(database);
  const verified = new VerifiedCopies({ blobs, maxAgeMs: settings.verifyAgainAfterMs, clock });
  const quarantine = createQuarantine({ ...deps, inventory: blobs, locks, rights, verified });
  const sessions = new UploadSessions({ database, perUser: settings.uploadsPerUser });
  const commits = new BlobCommits({ ...deps, sessions, locks, verified, graceMs });
  const cache = new ManifestCache();
  const copies = new ManifestCopies({ database, blobs, locks, clock });
  const manifests = new ManifestReader({ database, blobs, cache, log: deps.log });
  const listings = new Listings({ ...settings, ...deps });
  const deletions = new Deletions({ ...deps, cache, rights, graceMs });
  const releases = new Releases({ ...deps, cache, graceMs });
  const limits = {
    expireAfterMs: settings.uploadExpiryMs,
    blobBytes: settings.blobBytes,
  };
  const uploads = new Uploads({ ...deps, store: deps.uploads, sessions, commits, limits });
  const removal = new RepositoryRemoval({ ...deps, ...settings, cache, rights });
  const emptying = new RepositoryEmptying({ ...deps, uploads, graceMs });
  const tagMoves = new TagMoves({ ...deps, graceMs });
  const following = new TagFollowing({
    ...{ ...deps, ...settings, tagMoves },
    followers: deps.tagFollowers,
  });
  const writing = { ...deps, ...settings, cache, copies, tagMoves, following, policy: settings };
  const writer = new ManifestWriter(writing);
  const restorer = new Restorer({ database, writer, clock, isReadOnly: settings.isReadOnly });
  const attacher = new Attacher({ uploads, writer, isReadOnly: settings.isReadOnly });
  const publishing = { database, uploads, commits, writer, isReadOnly: settings.isReadOnly };
  const publisher = new ImagePublisher(publishing);
  const images = new ImageReader({ database, blobs, clock });
  const tagHistory = new TagHistory({ database, untagged: settings.untagged, clock });
  return {
    locks,
    rights,
    verified,
    quarantine,
    commits,
    cache,
    copies,
    manifests,
    listings,
    deletions,
    releases,
    sessions,
    uploads,
    removal,
    emptying,
    writer,
    tagMoves,
    restorer,
    attacher,
    publisher,
    tagHistory,
    images,
  };
}

function createMaintenance(deps: RegistryDeps, parts: Parts) {
  const { graceMs, untagged, removesOrphans } = deps.settings;
  return {
    collector: new Collector({ ...deps, ...parts, graceMs, untagged }),
    scrubber: new Scrubber({ ...deps, ...parts, graceMs, removesOrphans }),
  };
}

function createHandler(deps: RegistryDeps, parts: Parts & { sender: BlobSender }): RequestHandler {
  const { settings, database } = deps;
  const { graceMs, allowsDelete, tagsPerPush } = settings;
  const { manifests: reader, commits, uploads } = parts;
  const referrers = new Referrers({ database, manifests: reader });
  return createDistributionHandler({
    ...deps,
    ...settings,
    blobs: { ...deps, ...parts, grace: new LinkGrace({ ...deps, graceMs }), allowsDelete },
    manifests: { ...deps, ...parts, reader, allowsDelete, tagsPerPush },
    uploads: { ...deps, uploads, mounts: new BlobMounts({ database, commits }) },
    discovery: { referrers, listings: parts.listings },
  });
}
